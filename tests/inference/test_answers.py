"""Answers: from probabilities to a label, and probabilities as they are displayed."""

import numpy as np
import pytest

from emoji_api.inference.answers import Classification, classification, shown_probability
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import EMOJIS, EMOTION, EMOTION_EMOJI, HATE, SENTIMENT, Task


def answer(task: Task, probabilities: list[float], decision_rule: DecisionRule | None = None) -> Classification:
    rule = decision_rule or DecisionRule()
    return classification(task, np.array(probabilities), decision_rule=rule, truncated=False, model_version="1")


def test_most_probable_label_is_predicted() -> None:
    result = answer(SENTIMENT, [0.2, 0.1, 0.7])
    assert (result.task, result.label, result.confidence, result.emoji) == ("sentiment", "positive", 0.7, None)
    assert result.scores == {"negative": 0.2, "neutral": 0.1, "positive": 0.7}


@pytest.mark.parametrize(
    ("score", "threshold", "label"),
    [(0.3, 0.3, "hate"), (0.29, 0.3, "not-hate"), (0.7, 0.8, "not-hate"), (0.8, 0.8, "hate"), (0.5, None, "not-hate")],
)
def test_second_label_is_predicted_from_the_threshold_on(score: float, threshold: float | None, label: str) -> None:
    result = answer(HATE, [1 - score, score], DecisionRule(threshold=threshold))
    assert (result.label, result.threshold) == (label, threshold)
    assert result.confidence == result.scores[label]


@pytest.mark.parametrize("index", range(6))
def test_emotion_has_its_emoji(index: int) -> None:
    result = answer(EMOTION, [float(index == label) for label in range(6)])
    assert result.emoji == EMOTION_EMOJI[EMOTION.labels[index]]


def test_confidence_is_the_probability_of_the_predicted_label() -> None:
    result = answer(SENTIMENT, [0.6, 0.3, 0.1], DecisionRule(floors=(0.3, 0.1, 0.1), weights=(1, 3, 1)))
    assert (result.label, result.confidence, result.threshold) == ("neutral", 0.3, None)


def test_emoji_label_is_its_own_emoji() -> None:
    result = answer(EMOJIS, [float(label == 2) for label in range(20)])
    assert result.emoji == result.label == "😂"


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.12344, 0.1234), (0.99984, 0.9998), (0.99994, 0.9999), (0.99996, 0.9999), (1.0, 0.9999), (0.00001, 0.0)],
)
def test_probability_is_shown_with_four_decimals_and_never_as_certainty(probability: float, shown: float) -> None:
    assert shown_probability(probability) == shown
