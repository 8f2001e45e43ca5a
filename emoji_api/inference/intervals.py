"""95 % intervals of shares and of metrics, from counts."""

from functools import lru_cache
from math import sqrt

import numpy as np

RESAMPLES = 1_000
CACHED = 256
NORMAL_QUANTILE = 1.959964
"""97.5 % quantile of the standard normal distribution, for intervals of 95 %."""

Counts = tuple[tuple[int, ...], ...]
"""A confusion matrix: counts by true label (rows) and predicted label (columns)."""
Interval = tuple[float, float]


def wilson_interval(successes: float, total: int) -> Interval:
    """Return the 95 % Wilson score interval of the share `successes / total` (Wilson, 1927).

    `successes` may be a sum of probabilities. The interval of their mean is then conservative, because no variable in
    [0, 1] has a larger variance than a Bernoulli variable of the same mean. Raise ValueError if `total` is 0.
    """
    if total <= 0:
        raise ValueError("there is no interval of a share of nothing")
    share, square = successes / total, NORMAL_QUANTILE**2
    scale = 1 + square / total
    centre = (share + square / (2 * total)) / scale
    half = NORMAL_QUANTILE * sqrt(share * (1 - share) / total + square / (4 * total**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


@lru_cache(CACHED)
def bootstrap_intervals(confusion: Counts) -> dict[str, Interval]:
    """Return the 95 % percentile bootstrap intervals of `macro_f1` and `macro_recall`.

    The rows of an evaluation enter these metrics by their true and predicted label only, so that resampling the counts
    of a square `confusion` matrix is the same as resampling the rows (Efron and Tibshirani, 1993, chapter 13).
    """
    counts = np.array(confusion, np.float64)
    labels, rows = len(counts), int(counts.sum())
    if not rows:
        return {}
    rng = np.random.default_rng(0)
    samples = rng.multinomial(rows, counts.ravel() / rows, RESAMPLES).reshape(RESAMPLES, labels, labels)
    hits, actual, predicted = np.diagonal(samples, axis1=1, axis2=2), samples.sum(axis=2), samples.sum(axis=1)
    return {
        "macro_f1": _percentiles((2 * hits / (actual + predicted).clip(1)).mean(axis=1)),
        "macro_recall": _percentiles((hits / actual.clip(1)).mean(axis=1)),
    }


def _percentiles(values: np.ndarray) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
