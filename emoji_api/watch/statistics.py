"""Statistics of one day: volume, and the shares of sentiments, emotions and offensive posts with 95 % intervals."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from emoji_api.inference.bundle import Bundle
from emoji_api.inference.intervals import wilson_interval
from emoji_api.tasks import EMOTION, OFFENSIVE, SENTIMENT
from emoji_api.watch.day import NO_LABEL, DayPosts
from emoji_api.watch.quantification import (
    CORRECTION_METHOD,
    INTERVAL_METHOD,
    adjusted_intervals,
    adjusted_shares,
)

MIN_CONFIDENCE = 0.5
"""Lowest confidence of an emotion that is counted."""
UNCERTAIN = "uncertain"
METHODS = {
    "share": f"share of the predicted labels; interval: {INTERVAL_METHOD}",
    "mean_probability": f"mean of the calibrated probabilities; interval: {INTERVAL_METHOD} (conservative)",
    "corrected": CORRECTION_METHOD,
    "emotion": f"posts with a confidence of {MIN_CONFIDENCE} or more; the others are {UNCERTAIN!r}",
}
"""How each figure is computed, for reports."""

Statistics = dict[str, Any]


def day_statistics(day: DayPosts, bundle: Bundle) -> Statistics:
    """Return the statistics of a day as JSON.

    `posts`, `classified`, `other_languages` (by language), `unreadable` and `model_versions` (by version) are counts of
    posts. A post that is none of the three is not classified yet.
    `sentiment`, `emotion` and `offensive` have an entry by label, with `count`, `share`, `interval`, and for
    `sentiment` and `offensive` also `mean_probability` with `mean_probability_interval`. They are empty on a day
    without answers. Sentiments have `corrected` shares with `corrected_interval`, unless the bundle has no confusion
    matrix or a post was classified by another model version.
    """
    return {
        "posts": day.posts,
        "classified": len(day.ids),
        "other_languages": dict(sorted(day.other_languages.items())),
        "unreadable": day.unreadable,
        "model_versions": dict(sorted(day.model_versions.items())),
        "sentiment": _sentiment(day, bundle),
        "emotion": _emotion(day),
        "offensive": _label_shares(day, OFFENSIVE.name),
    }


def empty_statistics() -> Statistics:
    """Return the statistics of a day without posts."""
    return {
        "posts": 0,
        "classified": 0,
        "other_languages": {},
        "unreadable": 0,
        "model_versions": {},
        "sentiment": {},
        "emotion": {},
        "offensive": {},
    }


def add_corrected(shares: Statistics, model_versions: Iterable[str], bundle: Bundle) -> None:
    """Add `corrected` and `corrected_interval` to the entries of `shares`, the sentiments by label.

    Nothing is added without posts, if the bundle has no confusion matrix, or if another model version than the bundle's
    classified a post.
    """
    confusion = bundle.metrics.get(SENTIMENT.name, {}).get("validation", {}).get("confusion")
    if not shares or confusion is None or set(model_versions) != {bundle.version}:
        return
    counts = np.array([entry["count"] for entry in shares.values()])
    corrected = adjusted_shares(counts, np.array(confusion))
    intervals = adjusted_intervals(counts, np.array(confusion))
    for entry, share, interval in zip(shares.values(), corrected, intervals, strict=True):
        entry["corrected"] = _rounded(share)
        entry["corrected_interval"] = [_rounded(bound) for bound in interval]


def shares_of(counts: Mapping[str, int]) -> Statistics:
    """Return the count, share and interval of each label; nothing if all counts are 0."""
    total = sum(counts.values())
    return {
        label: {
            "count": count,
            "share": _rounded(count / total),
            "interval": [_rounded(bound) for bound in wilson_interval(count, total)],
        }
        for label, count in counts.items()
        if total
    }


def _sentiment(day: DayPosts, bundle: Bundle) -> Statistics:
    shares = _label_shares(day, SENTIMENT.name)
    add_corrected(shares, day.model_versions, bundle)
    return shares


def _emotion(day: DayPosts) -> Statistics:
    if EMOTION.name not in day.tasks:
        return {}
    labels, scores = day.labels(EMOTION.name), day.scores(EMOTION.name)
    answered = np.flatnonzero(labels != NO_LABEL)
    confident = answered[scores[answered, labels[answered]] >= MIN_CONFIDENCE]
    counts = np.bincount(labels[confident], minlength=len(EMOTION.labels))
    names = (*day.tasks[EMOTION.name].labels, UNCERTAIN)
    return shares_of(dict(zip(names, (*counts.tolist(), len(answered) - len(confident)), strict=True)))


def _label_shares(day: DayPosts, task: str) -> Statistics:
    if task not in day.tasks:
        return {}
    labels, names = day.labels(task), day.tasks[task].labels
    answered = labels != NO_LABEL
    counts = np.bincount(labels[answered], minlength=len(names)).tolist()
    shares = shares_of(dict(zip(names, counts, strict=True)))
    if shares:
        total = int(answered.sum())
        for entry, mean in zip(shares.values(), day.scores(task)[answered].mean(axis=0), strict=True):
            entry["mean_probability"] = _rounded(mean)
            entry["mean_probability_interval"] = [_rounded(bound) for bound in wilson_interval(mean * total, total)]
    return shares


def _rounded(value: float) -> float:
    return round(float(value), 4)
