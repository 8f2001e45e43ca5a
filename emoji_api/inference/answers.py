"""What is said of a tweet: a label with its probability, or a phrase of it."""

from dataclasses import dataclass

import numpy as np

from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import EMOJIS, EMOTION, EMOTION_EMOJI, Task


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The `label` that a task gives a tweet, its calibrated probability `confidence`, and that of each label, `scores`.

    The label is the one that the bundle's `DecisionRule` chooses, of most tasks the likeliest; of a task that has a
    `threshold` it is the second of its two labels from that score on, however likely the first. `emoji` is the one of
    the emotion, or the label itself where labels are emoji. `truncated` says that the tweet was longer than the network
    reads, and that its end had no say.
    """

    task: str
    label: str
    emoji: str | None
    confidence: float
    scores: dict[str, float]
    threshold: float | None
    truncated: bool
    model_version: str


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """The words of a tweet that carry its `sentiment`: `text`, which is `tweet[start:end]` of the tweet as it was sent.

    It is the one that is expected to share most words with the right one; `confidence` is the calibrated probability
    that it is the very one, which another may have more of; 1 where the bundle gives the whole tweet for
    the sentiment, without a choice. `truncated` says that the tweet's end was not read.
    """

    task: str = "phrase"
    sentiment: str
    text: str
    start: int
    end: int
    confidence: float
    truncated: bool
    model_version: str


Answer = Classification | Phrase


def shown_probability(value: float) -> float:
    """Return the probability `value` as it is displayed: rounded to four decimals and at most 0.9999.

    A calibrated probability is never a certainty, so neither a value that rounds to 1.0 nor the confidence 1.0 of a
    phrase that is the whole text is displayed as one.
    """
    return min(round(value, 4), 0.9999)


def classification(
    task: Task, scores: np.ndarray, *, decision: DecisionRule, truncated: bool, model_version: str
) -> Classification:
    """The answer for a tweet that has the probabilities `scores`, (labels,), of `task`."""
    label = task.labels[int(decision(scores))]
    by_label = dict(zip(task.labels, scores.tolist(), strict=True))
    return Classification(
        task=task.name,
        label=label,
        emoji=_emoji(task, label),
        confidence=by_label[label],
        scores=by_label,
        threshold=decision.threshold,
        truncated=truncated,
        model_version=model_version,
    )


def _emoji(task: Task, label: str) -> str | None:
    if task.name == EMOTION.name:
        return EMOTION_EMOJI[label]
    return label if task.name == EMOJIS.name else None
