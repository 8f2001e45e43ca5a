"""Training texts become targets, text by text and token by token."""

from dataclasses import replace

import numpy as np
from tokenizers import Tokenizer

from emoji_api.tasks import EMOJIS, EMOTION, PHRASE, Task
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.preparation import build_distillation_data, fold_of
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.examples.tweets import Tweets
from emoji_api.training.params import Params


def test_held_out_texts_are_not_in_the_training_data(data: DistillationData, training_data: TrainingData) -> None:
    held_out = {
        text for splits in training_data.eval_splits.values() for split in splits.values() for text in split.texts
    } | {text for split in training_data.test_splits.values() for text in split.texts}
    tweets = {data.texts[row] for row in data.tweets}
    assert tweets and not tweets & held_out


def test_hard_targets_are_probabilities(data: DistillationData) -> None:
    hard, weight = data.targets.hard[:-1].astype(np.float32), data.targets.weight[:-1]
    assert hard.shape == (len(data.tokenized), len(data.tasks), 20)
    np.testing.assert_allclose(hard[weight > 0].sum(axis=-1), 1, atol=2e-3)
    for number, task in enumerate(data.tasks):
        assert (weight[:, number] > 0).any(), task.name
        assert (hard[:, number, len(task.labels) :] == 0).all()


def test_last_text_and_token_are_padding_without_weight(data: DistillationData) -> None:
    targets = data.targets
    assert (targets.weight[-1] == 0).all() and (targets.unlabelled_weight[-1] == 0).all()
    assert targets.phrase_weight[-1] == targets.soft_phrase_weight[-1] == targets.hard_start[-1] == 0
    assert len(targets.token_ids) == len(data.tokenized.tokens) + 1


def test_phrase_has_one_start_and_one_end(data: DistillationData, training_data: TrainingData) -> None:
    targets, begins = data.targets, data.tokenized.offsets[:-1]
    has_phrase = targets.phrase_weight[begins] > 0
    assert training_data.tweets and has_phrase.sum() > 0
    assert has_phrase.sum() == (training_data.tweets.examples.weights[PHRASE.name] > 0).sum()
    for one_hot in (targets.hard_start, targets.hard_end):
        np.testing.assert_array_equal(np.add.reduceat(one_hot[:-1].astype(int), begins), has_phrase.astype(int))
    assert (np.flatnonzero(targets.hard_start) <= np.flatnonzero(targets.hard_end)).all()


def test_augmented_versions_are_in_the_fold_of_their_text(
    data: DistillationData, training_data: TrainingData, distillation: Params
) -> None:
    folds = [fold_of(text, distillation.distillation.folds) for text in training_data.train.texts]
    for version in (1, 2):
        assert data.fold[data.version == version].tolist() == folds
    assert len(set(folds)) == distillation.distillation.folds


def test_class_weight_power_raises_rare_labels_of_its_task_only(
    training_data: TrainingData, tokenizer: Tokenizer, distillation: Params
) -> None:
    assert training_data.tweets
    kinds = training_data.tweets.kinds
    rare = [row for row, kind in enumerate(kinds) if kind == ("tweeteval/emoji", EMOJIS.labels[1])]
    rows = np.delete(np.arange(len(kinds)), rare[1:])  # one tweet with this label is left
    tweets = Tweets(examples=training_data.tweets.examples.take(rows), kinds=[kinds[row] for row in rows])
    imbalanced = replace(training_data, tweets=tweets)
    data = build_distillation_data(imbalanced, tokenizer, distillation, np.ones((len(tweets), len(EMOTION.labels))))
    names = [task.name for task in data.tasks]

    def weight_by_label(name: str) -> dict[int, float]:
        labels, weight = data.labels[:, names.index(name)], data.targets.weight[:-1, names.index(name)]
        return {label: float(weight[labels == label][0]) for label in np.unique(labels[labels >= 0])}

    emojis = weight_by_label("emojis")
    assert emojis[1] > emojis[0]
    assert set(weight_by_label("sentiment").values()) == {1.0}


def test_soft_targets_of_emotion_weigh_half_for_tweets(data: DistillationData) -> None:
    names = [task.name for task in data.tasks]
    unlabelled_weight = data.targets.unlabelled_weight[data.tweets]
    assert set(unlabelled_weight[:, names.index(EMOTION.name)]) == {0.5}
    assert set(unlabelled_weight[:, names.index("hate")]) == {1.0}


def test_all_classification_tasks_have_targets(data: DistillationData, tasks: list[Task]) -> None:
    assert data.tasks == tasks
