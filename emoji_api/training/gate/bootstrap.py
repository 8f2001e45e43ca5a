"""Paired bootstrap of a task's primary metric (Efron and Tibshirani, 1993, chapter 13)."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from emoji_api.progress import track
from emoji_api.tasks import Task, primary_metric
from emoji_api.training.gate.answers import Answers

CHUNK = 100
"""Number of resamples computed at a time: limits the memory to `CHUNK` times the rows."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""A metric as a function of row counts: (resamples, rows) to (resamples,)."""


def paired_differences(task: Task, champion: Answers, challenger: Answers, resamples: int) -> np.ndarray:
    """Return the challenger's metric minus the champion's in each resample, (resamples,).

    Both are measured on the same rows of a resample, which removes the variance that comes from rows that are hard for
    every model (Koehn, 2004, https://aclanthology.org/W04-3250). The resamples are the same on every call.
    """
    champion_metric, challenger_metric = statistic(task, champion), statistic(task, challenger)
    chunks = track(
        resample_counts(len(champion.labels), resamples), f"resampling {task.name}", math.ceil(resamples / CHUNK)
    )
    return np.concatenate([challenger_metric(counts) - champion_metric(counts) for counts in chunks])


def resample_counts(rows: int, resamples: int) -> Iterable[np.ndarray]:
    """Yield resamples of `rows` with replacement as float counts (at most `CHUNK`, rows): how often each row occurs."""
    rng = np.random.default_rng(0)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        cells = rng.integers(rows, size=(size, rows)) + rows * np.arange(size)[:, None]
        yield np.bincount(cells.ravel(), minlength=size * rows).reshape(size, rows).astype(np.float64)


def metric_value(task: Task, answers: Answers) -> float:
    """Return the task's primary metric of all rows."""
    return float(statistic(task, answers)(np.ones((1, len(answers.labels))))[0])


def statistic(task: Task, answers: Answers) -> Statistic:
    """Return the task's primary metric of `answers` as a function of row counts, (resamples, rows) to (resamples,)."""
    if task.kind == "span":
        return lambda counts: counts @ answers.outcomes / counts.sum(axis=1)
    ids = np.arange(len(task.labels))
    actual, predicted = answers.labels[:, None] == ids, answers.outcomes[:, None] == ids
    columns = np.hstack([actual & predicted, actual, predicted]).astype(np.float64)
    metric = primary_metric(task.name)

    def measure(counts: np.ndarray) -> np.ndarray:
        hits, actual_rows, predicted_rows = np.split(counts @ columns, 3, axis=1)
        if metric == "accuracy":
            return hits.sum(axis=1) / actual_rows.sum(axis=1)
        if metric == "macro_recall":
            return (hits / actual_rows.clip(1)).mean(axis=1)
        return (2 * hits / (actual_rows + predicted_rows).clip(1)).mean(axis=1)

    return measure
