"""Soft targets of a labelled text come from teachers that were not trained on it."""

import numpy as np

from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.ngrams import ngram_predictions_by_task
from emoji_api.training.distillation.teacher_predictions import (
    mix_ngram_predictions,
    out_of_fold_mean,
    out_of_fold_targets,
)
from emoji_api.training.distillation.weights import stack_members
from tests.tiny import HEADS

LEFT_OUT = np.array([0, 1, 0, 1])  # the fold that each teacher was not trained on


def test_mean_is_over_teachers_that_left_the_fold_out_if_the_label_is_known() -> None:
    predictions = np.arange(8.0).reshape(4, 2)  # teachers, texts
    fold = np.array([0, 1])
    both_known = out_of_fold_mean(predictions, LEFT_OUT, fold, np.array([True, True]))
    assert both_known.tolist() == [(0 + 4) / 2, (3 + 7) / 2]
    first_known = out_of_fold_mean(predictions, LEFT_OUT, fold, np.array([True, False]))
    assert first_known.tolist() == [(0 + 4) / 2, (1 + 3 + 5 + 7) / 4]


def test_mean_is_over_all_teachers_if_none_left_the_fold_out() -> None:
    predictions = np.array([[1.0], [3.0]])
    assert out_of_fold_mean(predictions, np.array([0, 1]), np.array([5]), np.array([True])).tolist() == [2.0]


def test_mean_by_task_and_by_token() -> None:
    predictions = np.zeros((4, 2, 3, 5))  # teachers, texts, tasks, labels
    predictions[0] = predictions[2] = 1
    known = np.zeros((2, 3, 1), bool)
    known[0, 1] = True
    mean = np.asarray(out_of_fold_mean(predictions, LEFT_OUT, np.array([0, 1]), known))
    assert (mean[0, 1] == 1).all() and (mean[0, [0, 2]] == 0.5).all() and (mean[1] == 0.5).all()
    tokens = out_of_fold_mean(np.ones((4, 2, 8)), LEFT_OUT, np.zeros((2, 8), int), np.ones((2, 8), bool))
    assert tokens.shape == (2, 8)


def test_soft_targets_are_out_of_fold(data: DistillationData, weights: Weights) -> None:
    """Each teacher predicts, for every task, the label whose number is the fold that it left out."""

    def teacher(fold: int) -> Weights:
        classifier = weights["heads"]["classifier"]
        labels = classifier["bias"].shape[1]
        bias = np.where(np.arange(labels) == fold, 9.0, classifier["bias"].clip(-50)).astype(np.float32)
        constant = {"kernel": 0 * classifier["kernel"], "bias": bias}
        return weights | {"heads": weights["heads"] | {"classifier": constant}}

    teachers = stack_members([teacher(fold) for fold in LEFT_OUT.tolist()])
    targets = out_of_fold_targets(data, teachers, LEFT_OUT, HEADS)
    soft = targets.soft[:-1].astype(np.float32)
    sentiment = [task.name for task in data.tasks].index("sentiment")
    labelled = data.targets.weight[:-1, sentiment] > 0
    assert labelled.any() and not labelled.all()
    assert (soft[labelled, sentiment].argmax(axis=1) == data.fold[labelled]).all()
    np.testing.assert_allclose(soft[~labelled, sentiment, 0], soft[~labelled, sentiment, 1], atol=1e-3)
    np.testing.assert_allclose(soft.sum(axis=-1), 1, atol=5e-3)
    begins = data.tokenized.offsets[:-1]
    for tokens in (targets.soft_start, targets.soft_end):
        np.testing.assert_allclose(np.add.reduceat(tokens[:-1].astype(np.float32), begins), 1, atol=5e-3)
    assert not targets.soft[-1].any() and targets.soft_start[-1] == targets.soft_end[-1] == 0


def test_ngram_predictions_change_the_soft_targets_of_their_task_only(data: DistillationData) -> None:
    targets = data.targets._replace(soft=np.full_like(data.targets.hard, 0.05))
    predictions = ngram_predictions_by_task(data, {"sentiment"})
    assert predictions.keys() == {"sentiment"}
    mixed = mix_ngram_predictions(targets, data, predictions, {"sentiment": 0.5}).soft.astype(np.float32)
    names = [task.name for task in data.tasks]
    for number, name in enumerate(names):
        changed = (mixed[data.tweets, number] != targets.soft[0, 0, 0]).any()
        assert changed == (name == "sentiment")
    labels = data.labels[:, names.index("sentiment")]
    correct = mixed[:-1, names.index("sentiment"), :3].argmax(axis=1)[labels >= 0] == labels[labels >= 0]
    assert correct.mean() > 0.6
