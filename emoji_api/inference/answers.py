"""Answers of a classifier: a label with its probability, or a phrase of the text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.inference.no_emotion import NoEmotionRule
from emoji_api.tasks import EMOJIS, EMOTION, EMOTION_EMOJI, NO_EMOTION, NO_EMOTION_EMOJI, Task


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a text, and its contribution to a label.

    Attributes:
        text: the word; equals `tweet[start:end]` of the caller's text.
        start: position of its first character.
        end: position after its last character.
        contribution: the score of the label for the whole text, minus its score without the word, between -1 and 1.
            Positive if the word speaks for the label, negative if it speaks against it, 0 if the network does not see
            the word because the text was truncated. Contributions do not add up to the score: each of two words that
            say the same contributes little, because the other one remains.
    """

    text: str
    start: int
    end: int
    contribution: float


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The answer of a classification task for one text.

    Attributes:
        task: name of the task.
        label: the predicted label. The bundle's `DecisionRule` for the task chooses it; for most tasks it is the most
            probable label. `none` for a tweet without an emotion, if that was asked for.
        emoji: the emotion's emoji, or the label itself where labels are emoji; `None` for other tasks.
        confidence: calibrated probability of `label`. The probability of `none` is that of the bundle's
            `NoEmotionRule`; it is not one of the scores, which are the probabilities of the emotions if there is one.
        scores: calibrated probability of each label.
        threshold: probability from which the second label of a binary task is predicted; `None` for tasks without a
            decision threshold.
        truncated: True if the text was longer than the network's maximum length, so that its end was ignored.
        model_version: version of the bundle that gave the answer.
        words: the words of the text with their contributions to `label`, if an explanation was asked for.
    """

    task: str
    label: str
    emoji: str | None
    confidence: float
    scores: dict[str, float]
    threshold: float | None
    truncated: bool
    model_version: str
    words: tuple[Word, ...] | None = None

    @property
    def is_no_emotion(self) -> bool:
        """Whether the text was found to have no emotion."""
        return self.task == EMOTION.name and self.label == NO_EMOTION


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """The words of a text that carry a sentiment (sentiment span extraction).

    The phrase is the span with the largest expected word overlap (Jaccard index) with the correct one, which is not
    always the most probable span.

    Attributes:
        task: name of the task.
        sentiment: the sentiment that the phrase carries.
        text: the phrase; equals `tweet[start:end]` of the caller's text.
        start: position of the phrase's first character.
        end: position after its last character.
        confidence: calibrated probability that exactly this span is correct; 1.0 if the bundle returns the whole text
            for this sentiment.
        truncated: True if the text was longer than the network's maximum length, so that its end was ignored.
        model_version: version of the bundle that gave the answer.
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

MAX_SHOWN = 0.9999
"""Highest probability that is displayed."""


def shown_probability(value: float) -> float:
    """Return the probability `value` as it is displayed: rounded to four decimals and at most 0.9999.

    A calibrated probability is never a certainty, so neither a value that rounds to 1.0 nor the confidence 1.0 of a
    phrase that is the whole text is displayed as one.
    """
    return min(round(value, 4), MAX_SHOWN)


def shown_scores(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores as they are displayed."""
    # as shown_probability, in a third of its time: a bulk classification shows 60 scores of each text
    return {label: shown if (shown := round(score, 4)) < MAX_SHOWN else MAX_SHOWN for label, score in scores.items()}


def shown_words(answer: Classification) -> list[dict[str, Any]] | None:
    """Return the explanation of an answer as JSON, with four decimals; `None` if it has none."""
    if answer.words is None:
        return None
    return [{**asdict(word), "contribution": round(word.contribution, 4)} for word in answer.words]


def answer_to_json(answer: Answer, *, with_scores: bool) -> dict[str, Any]:
    """Return `answer` as a JSON object, as `/tweets/analysis` gives it; `with_scores` adds every probability."""
    confidence = shown_probability(answer.confidence)
    if isinstance(answer, Phrase):
        return {
            "sentiment": answer.sentiment,
            "selected_text": answer.text,
            "start": answer.start,
            "end": answer.end,
            "confidence": confidence,
        }
    optional = {
        "emoji": answer.emoji,
        "threshold": answer.threshold,
        "scores": shown_scores(answer.scores) if with_scores else None,
        "words": shown_words(answer),
    }
    present = {name: value for name, value in optional.items() if value is not None}
    return {"label": answer.label, "confidence": confidence, **present}


def classification(
    task: Task,
    probabilities: np.ndarray,
    *,
    decision_rule: DecisionRule,
    no_emotion: NoEmotionRule | None = None,
    truncated: bool,
    model_version: str,
) -> Classification:
    """Return the answer of `task` for one text with the calibrated `probabilities`, shape (labels,).

    With `no_emotion`, the label may be `none`.
    """
    label = task.labels[int(decision_rule(probabilities))]
    scores = dict(zip(task.labels, probabilities.tolist(), strict=True))
    confidence = scores[label]
    if no_emotion and (probability := float(no_emotion.probability(probabilities))) >= no_emotion.threshold:
        label, confidence = NO_EMOTION, probability
    return Classification(
        task=task.name,
        label=label,
        emoji=_emoji(task, label),
        confidence=confidence,
        scores=scores,
        threshold=decision_rule.threshold,
        truncated=truncated,
        model_version=model_version,
    )


def _emoji(task: Task, label: str) -> str | None:
    if task.name == EMOTION.name:
        return NO_EMOTION_EMOJI if label == NO_EMOTION else EMOTION_EMOJI[label]
    return label if task.name == EMOJIS.name else None
