"""From scores to a label."""

import numpy as np
import pytest

from emoji_api.inference.answers import Classification, classification
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import EMOJIS, EMOTION, EMOTION_EMOJI, HATE, SENTIMENT, Task


def answer(task: Task, scores: list[float], threshold: float | None = None) -> Classification:
    decision = DecisionRule(threshold=threshold)
    return classification(task, np.array(scores), decision=decision, truncated=False, model_version="1")


def test_likeliest_label() -> None:
    found = answer(SENTIMENT, [0.2, 0.1, 0.7])
    assert (found.task, found.label, found.confidence, found.emoji) == ("sentiment", "positive", 0.7, None)
    assert found.scores == {"negative": 0.2, "neutral": 0.1, "positive": 0.7}


@pytest.mark.parametrize(
    ("score", "threshold", "label"),
    [(0.3, 0.3, "hate"), (0.29, 0.3, "not-hate"), (0.7, 0.8, "not-hate"), (0.8, 0.8, "hate"), (0.5, None, "not-hate")],
)
def test_threshold(score: float, threshold: float | None, label: str) -> None:
    found = answer(HATE, [1 - score, score], threshold)
    assert (found.label, found.threshold) == (label, threshold)
    assert found.confidence == found.scores[label]


@pytest.mark.parametrize("place", range(6))
def test_emoji_of_an_emotion(place: int) -> None:
    found = answer(EMOTION, [float(place == label) for label in range(6)])
    assert found.emoji == EMOTION_EMOJI[found.label]


def test_confidence_is_the_probability_of_the_label_that_is_chosen() -> None:
    decision = DecisionRule(floors=(0.3, 0.1, 0.1), weights=(1, 3, 1))
    found = classification(SENTIMENT, np.array([0.6, 0.3, 0.1]), decision=decision, truncated=False, model_version="1")
    assert (found.label, found.confidence, found.threshold) == ("neutral", 0.3, None)


def test_emoji_is_its_own_label() -> None:
    found = answer(EMOJIS, [float(label == 2) for label in range(20)])
    assert found.emoji == found.label == "😂"
