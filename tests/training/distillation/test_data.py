"""What is learned from, text by text and token by token."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION, PHRASE, Task
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.preparation import fold_of
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params


def test_no_text_that_is_held_out_is_learned(data: DistillationData, training_data: TrainingData) -> None:
    held_out = {
        text for splits in training_data.eval_splits.values() for split in splits.values() for text in split.texts
    } | {text for split in training_data.test_splits.values() for text in split.texts}
    tweets = {text for text, version in zip(data.strings, data.version, strict=True) if version == 0}
    assert tweets and not tweets & held_out


def test_targets_are_shares(data: DistillationData) -> None:
    known, weight = data.targets.known[:-1].astype(np.float32), data.targets.weight[:-1]
    assert known.shape == (len(data.texts), len(data.tasks), 20)
    np.testing.assert_allclose(known[weight > 0].sum(axis=-1), 1, atol=2e-3)
    for number, task in enumerate(data.tasks):
        assert (weight[:, number] > 0).any(), task.name
        assert (known[:, number, len(task.labels) :] == 0).all()


def test_behind_the_last_text_and_token_there_is_nothing(data: DistillationData) -> None:
    targets = data.targets
    assert (targets.weight[-1] == 0).all() and (targets.unlabelled[-1] == 0).all()
    assert targets.phrase[-1] == targets.other_phrase[-1] == targets.start[-1] == 0
    assert len(targets.ids) == len(data.texts.tokens) + 1


def test_a_phrase_has_one_start_and_one_end(data: DistillationData, training_data: TrainingData) -> None:
    targets, begins = data.targets, data.texts.offsets[:-1]
    has = targets.phrase[begins] > 0
    assert training_data.tweets and has.sum() > 0
    assert has.sum() == (training_data.tweets.examples.weights[PHRASE.name] > 0).sum()
    for ends in (targets.start, targets.end):
        np.testing.assert_array_equal(np.add.reduceat(ends[:-1].astype(int), begins), has.astype(int))
    assert (np.flatnonzero(targets.start) <= np.flatnonzero(targets.end)).all()


def test_a_version_is_in_the_fold_of_its_text(
    data: DistillationData, training_data: TrainingData, distillation: Params
) -> None:
    folds = [fold_of(text, distillation.distillation.folds) for text in training_data.train.texts]
    for version in (1, 2):
        assert data.fold[data.version == version].tolist() == folds
    assert len(set(folds)) == distillation.distillation.folds


@pytest.mark.parametrize("left_out", [None, 0, 1])
def test_an_epoch_leaves_a_fold_out(data: DistillationData, left_out: int | None) -> None:
    order = data.epoch(np.random.default_rng(1), 1, left_out)
    assert len(set(order)) == len(order)
    assert set(data.fold[order]) == {0, 1} - {left_out}
    assert len(set(data.version[order]) - {0}) == 1


def test_a_rarer_label_weighs_more(data: DistillationData) -> None:
    """Of the task that is told so, and of no other."""
    names = [task.name for task in data.tasks]

    def weights_of(name: str) -> dict[int, float]:
        labels, weight = data.labels[:, names.index(name)], data.targets.weight[:-1, names.index(name)]
        return {label: float(weight[labels == label][0]) for label in np.unique(labels[labels >= 0])}

    labels = data.labels[:, names.index("emojis")]
    counts = np.bincount(labels[labels >= 0])
    of_emojis = weights_of("emojis")
    assert of_emojis[int(counts.argmin())] >= of_emojis[int(counts.argmax())]
    assert set(weights_of("sentiment").values()) == {1.0}


def test_teachers_say_little_of_emotion(data: DistillationData) -> None:
    names = [task.name for task in data.tasks]
    tweets = np.flatnonzero(data.version == 0)
    unlabelled = data.targets.unlabelled[tweets]
    assert set(unlabelled[:, names.index(EMOTION.name)]) == {0.5}
    assert set(unlabelled[:, names.index("hate")]) == {1.0}


def test_all_classifications_are_taught(data: DistillationData, tasks: list[Task]) -> None:
    assert data.tasks == tasks
