"""A text is not answered for by who learned it."""

import numpy as np

from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.ngrams import ngram_predictions_by_task, out_of_fold_ngram_predictions
from emoji_api.training.distillation.teacher_predictions import mean_of, mix_ngram_predictions, out_of_fold_targets
from emoji_api.training.distillation.weights import stack
from tests.tiny import HEADS

TEACHERS = np.array([0, 1, 0, 1])  # the fold that each left out


def test_those_answer_that_did_not_learn() -> None:
    answers = np.arange(8.0).reshape(4, 2)  # teachers, texts
    fold = np.array([0, 1])
    assert mean_of(answers, TEACHERS, fold, np.array([True, True])).tolist() == [(0 + 4) / 2, (3 + 7) / 2]
    assert mean_of(answers, TEACHERS, fold, np.array([True, False])).tolist() == [(0 + 4) / 2, (1 + 3 + 5 + 7) / 4]


def test_all_answer_where_none_left_the_fold_out() -> None:
    answers = np.array([[1.0], [3.0]])
    assert mean_of(answers, np.array([0, 1]), np.array([5]), np.array([True])).tolist() == [2.0]


def test_answers_are_by_task_and_token() -> None:
    answers = np.zeros((4, 2, 3, 5))  # teachers, texts, tasks, labels
    answers[0] = answers[2] = 1
    known = np.zeros((2, 3, 1), bool)
    known[0, 1] = True
    found = np.asarray(mean_of(answers, TEACHERS, np.array([0, 1]), known))
    assert (found[0, 1] == 1).all() and (found[0, [0, 2]] == 0.5).all() and (found[1] == 0.5).all()
    of_rows = mean_of(np.ones((4, 2, 8)), TEACHERS, np.zeros((2, 8), int), np.ones((2, 8), bool))
    assert of_rows.shape == (2, 8)


def test_answers_are_of_the_right_teachers(data: DistillationData, weights: Weights) -> None:
    """Each says of every task the number of the fold that it did not learn."""

    def saying(fold: int) -> Weights:
        out = weights["heads"]["out"]
        bias = np.where(np.arange(out["bias"].shape[1]) == fold, 9.0, out["bias"].clip(-50)).astype(np.float32)
        return weights | {"heads": weights["heads"] | {"out": {"kernel": 0 * out["kernel"], "bias": bias}}}

    targets = out_of_fold_targets(data, stack([saying(fold) for fold in TEACHERS.tolist()]), TEACHERS, HEADS)
    answered = targets.answered[:-1].astype(np.float32)
    sentiment = [task.name for task in data.tasks].index("sentiment")
    labelled = data.targets.weight[:-1, sentiment] > 0
    assert labelled.any() and not labelled.all()
    assert (answered[labelled, sentiment].argmax(axis=1) == data.fold[labelled]).all()
    np.testing.assert_allclose(answered[~labelled, sentiment, 0], answered[~labelled, sentiment, 1], atol=1e-3)
    np.testing.assert_allclose(answered.sum(axis=-1), 1, atol=5e-3)
    begins = data.texts.offsets[:-1]
    for ends in (targets.start_answered, targets.end_answered):
        np.testing.assert_allclose(np.add.reduceat(ends[:-1].astype(np.float32), begins), 1, atol=5e-3)
    assert not targets.answered[-1].any() and targets.start_answered[-1] == targets.end_answered[-1] == 0


def test_a_regression_learns_words_but_not_the_text_it_answers_for() -> None:
    rng = np.random.default_rng(3)
    told = ["good day", "bad day"] * 40
    labels = np.array([1, 0] * 40)
    fold = rng.integers(0, 4, len(told))
    answers = out_of_fold_ngram_predictions(
        [*told, "a good one", "a bad one"], np.append(labels, [-1, -1]), np.append(fold, [0, 0]), 2
    )
    assert (answers[:-2].argmax(axis=1) == labels).all()
    assert answers[-2, 1] > 0.7 > 0.3 > answers[-1, 1]
    np.testing.assert_allclose(answers.sum(axis=1), 1)
    # where the labels say nothing of the words, none is known by heart
    alone = [f"they say word{number} again" for number in range(80)]
    answers = out_of_fold_ngram_predictions(alone, labels, fold, 2)
    assert np.abs(answers - 0.5).max() < 0.2


def test_regressions_change_the_task_that_they_are_asked_for(data: DistillationData) -> None:
    answers = data.targets._replace(answered=np.full_like(data.targets.known, 0.05))
    found = ngram_predictions_by_task(data, {"sentiment"})
    assert found.keys() == {"sentiment"}
    mixed = mix_ngram_predictions(answers, data, found, {"sentiment": 0.5}).answered.astype(np.float32)
    names = [task.name for task in data.tasks]
    for number, name in enumerate(names):
        changed = (mixed[:-1][data.version == 0, number] != answers.answered[0, 0, 0]).any()
        assert changed == (name == "sentiment")
    labels = data.labels[:, names.index("sentiment")]
    right = mixed[:-1, names.index("sentiment"), :3].argmax(axis=1)[labels >= 0] == labels[labels >= 0]
    assert right.mean() > 0.6
