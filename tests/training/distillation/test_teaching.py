"""A text is not answered for by who learned it."""

import numpy as np
import pytest

from emoji_api.training.distillation.lessons import Lessons
from emoji_api.training.distillation.ngrams import ngram_answers
from emoji_api.training.distillation.packing import texts_of
from emoji_api.training.distillation.teaching import of_fold, softmax_by_text, with_answers, with_ngrams

TEACHERS = np.array([0, 1, 0, 1])


def test_those_answer_that_left_the_fold_out() -> None:
    answers = np.arange(8.0).reshape(4, 2)  # teachers, rows
    assert of_fold(answers, np.array([0, 1]), TEACHERS).tolist() == [(0 + 4) / 2, (3 + 7) / 2]


def test_all_answer_where_none_left_the_fold_out() -> None:
    assert of_fold(np.array([[1.0], [3.0]]), np.array([5]), np.array([0, 1])).tolist() == [2.0]


def test_the_scores_of_a_text_become_shares() -> None:
    texts = texts_of([[1, 2], [3]])
    assert softmax_by_text(np.array([0.0, np.log(3), 7]), texts).tolist() == pytest.approx([0.25, 0.75, 1])


def test_answers_are_of_the_right_teachers(lessons: Lessons) -> None:
    count, shape = len(TEACHERS), lessons.targets.known.shape
    logits = np.zeros((count, shape[0] - 1, *shape[1:]), np.float16)
    for teacher, fold in enumerate(TEACHERS):
        logits[teacher, :, :, fold] = 8  # each says the number of the fold that it did not learn
    scores = np.zeros((2, count, len(lessons.texts.tokens)), np.float16)
    answered = with_answers(lessons, logits, scores, TEACHERS).answered[:-1].astype(np.float32)
    names = [task.name for task in lessons.tasks]
    sentiment = answered[:, names.index("sentiment")]
    labelled = lessons.targets.weight[:-1, names.index("sentiment")] > 0
    assert (sentiment[labelled].argmax(axis=1) == lessons.fold[labelled]).all()
    np.testing.assert_allclose(sentiment[~labelled, 0], sentiment[~labelled, 1], atol=1e-3)
    np.testing.assert_allclose(answered.sum(axis=-1), 1, atol=5e-3)


def test_a_regression_learns_words_but_not_the_text_it_answers_for() -> None:
    rng = np.random.default_rng(3)
    told = ["good day", "bad day"] * 40
    labels = np.array([1, 0] * 40)
    fold = rng.integers(0, 4, len(told))
    answers = ngram_answers([*told, "a good one", "a bad one"], np.append(labels, [-1, -1]), np.append(fold, [0, 0]), 2)
    assert (answers[:-2].argmax(axis=1) == labels).all()
    assert answers[-2, 1] > 0.7 > 0.3 > answers[-1, 1]
    np.testing.assert_allclose(answers.sum(axis=1), 1)
    # where the labels say nothing of the words, none is known by heart
    alone = [f"they say word{number} again" for number in range(80)]
    answers = ngram_answers(alone, labels, fold, 2)
    assert np.abs(answers - 0.5).max() < 0.2


def test_regressions_change_the_task_that_they_are_asked_for(lessons: Lessons) -> None:
    answers = lessons.targets._replace(answered=np.full_like(lessons.targets.known, 0.05))
    mixed = with_ngrams(answers, lessons, {"sentiment": 0.5}).answered.astype(np.float32)
    names = [task.name for task in lessons.tasks]
    for number, name in enumerate(names):
        changed = (mixed[:-1][lessons.version == 0, number] != answers.answered[0, 0, 0]).any()
        assert changed == (name == "sentiment")
    labels = lessons.labels[:, names.index("sentiment")]
    right = mixed[:-1, names.index("sentiment"), :3].argmax(axis=1)[labels >= 0] == labels[labels >= 0]
    assert right.mean() > 0.6
