"""Logits with labels and weights: the rows that a calibration is fitted on."""

from typing import NamedTuple

import numpy as np


class WeightedLogits(NamedTuple):
    """Logits (rows, labels), label ids (rows,) and weights (rows,)."""

    logits: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def concatenate_weighted(first: WeightedLogits, second: WeightedLogits, ratio: float) -> WeightedLogits:
    """Return the rows of both, the weights of `second` scaled to sum to `ratio` times those of `first`."""
    scale = ratio * first.weights.sum() / second.weights.sum()
    return WeightedLogits(
        np.concatenate([first.logits, second.logits]),
        np.concatenate([first.labels, second.labels]),
        np.concatenate([first.weights, scale * second.weights]),
    )


def uniform_targets(logits: np.ndarray) -> WeightedLogits:
    """Return rows whose target is the uniform distribution over the labels.

    Each row of `logits` (rows, labels) is repeated once for each label, with the weight 1 / labels.
    """
    rows, labels = logits.shape
    return WeightedLogits(
        np.repeat(logits, labels, axis=0), np.tile(np.arange(labels), rows), np.full(rows * labels, 1 / labels)
    )


def class_balance_weights(label_ids: np.ndarray, class_balance: float, labels: int) -> np.ndarray:
    """Return weights (rows,) that raise the labels that are rarer than 1 / `labels` of the rows.

    With `class_balance` 0 all rows weigh the same. With 1 a rare label has the total weight of 1 / `labels` of the
    rows, which suits macro-averaged metrics and shifted class priors.
    """
    relative_frequencies = np.bincount(label_ids, minlength=labels).clip(1) * labels / len(label_ids)
    weights: np.ndarray = relative_frequencies.clip(max=1)[label_ids] ** -class_balance
    return weights
