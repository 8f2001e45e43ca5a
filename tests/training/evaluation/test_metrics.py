"""Metrics, compared with values computed by hand."""

import numpy as np
import pytest

from emoji_api.inference.answers import Phrase
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import EMOJIS, EMOTION, OFFENSIVE, PHRASE, SENTIMENT
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.metrics import classification_metrics, jaccard, span_metrics


def test_classification_metrics_by_hand() -> None:
    # three rows are not offensive, of which one is predicted to be; one row is offensive, and predicted to be
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])
    metrics = classification_metrics(OFFENSIVE, probabilities, np.array([0, 0, 0, 1]))
    assert metrics["rows"] == 4
    assert metrics["accuracy"] == 0.75
    assert metrics["macro_recall"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-4)
    assert metrics["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4)
    assert metrics["mean_confidence"] == 0.75
    assert metrics["confusion"] == [[2, 1], [0, 1]]
    assert metrics["per_label"]["not-offensive"] == {"precision": 1, "recall": 0.6667, "f1": 0.8, "rows": 3}
    assert metrics["per_label"]["offensive"] == {"precision": 0.5, "recall": 1, "f1": 0.6667, "rows": 1}
    assert metrics["expected_calibration_error"] == pytest.approx((0.1 + 0.2 + 0.6 + 0.3) / 4)
    # the expected error of a bin with one row of confidence p is 2 p (1 - p)
    by_chance = [2 * 0.9 * 0.1, 2 * 0.8 * 0.2, 2 * 0.6 * 0.4, 2 * 0.7 * 0.3]
    assert metrics["calibration_error_by_chance"] == pytest.approx(np.mean(by_chance), abs=0.03)


def test_accuracy_has_a_wilson_score_interval() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    metrics = classification_metrics(OFFENSIVE, np.tile([0.9, 0.1], (100, 1)), labels)
    z, share, rows = 1.959964, 0.9, 100
    centre = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    margin = z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    assert metrics["accuracy_interval"] == pytest.approx([centre - margin, centre + margin], abs=5.1e-5)
    assert metrics["accuracy_interval"] == [0.8256, 0.9448]


def test_label_without_rows_counts_as_zero_in_macro_averages() -> None:
    metrics = classification_metrics(EMOTION, np.eye(6)[[0, 1]], np.array([0, 1]))
    assert metrics["accuracy"] == 1
    assert metrics["macro_f1"] == pytest.approx(2 / 6, abs=1e-4)
    assert metrics["per_label"]["fear"]["rows"] == 0


def test_threshold_predicts_the_second_label_at_or_above_it() -> None:
    probabilities, labels = np.array([[0.8, 0.2], [0.7, 0.3], [0.4, 0.6]]), np.array([0, 1, 1])
    metrics = classification_metrics(OFFENSIVE, probabilities, labels, DecisionRule(threshold=0.3))
    assert metrics["accuracy"] == 1
    assert metrics["confusion"] == [[1, 0], [0, 2]]
    assert metrics["mean_confidence"] == pytest.approx((0.8 + 0.3 + 0.6) / 3, abs=1e-4)
    assert classification_metrics(OFFENSIVE, probabilities, labels)["confusion"] == [[1, 0], [1, 1]]


def test_decision_rule_chooses_the_label() -> None:
    probabilities = np.tile([0.6, 0.3, 0.1], (2, 1))
    rule = DecisionRule(floors=(0.3, 0.1, 0.1), weights=(1, 3, 1))
    metrics = classification_metrics(SENTIMENT, probabilities, np.array([1, 0]), rule)
    assert metrics["confusion"][0] == metrics["confusion"][1] == [0, 1, 0]
    assert metrics["mean_confidence"] == 0.3


def test_top_5_accuracy_by_hand() -> None:
    probabilities = np.tile(np.arange(20, 0, -1) / 210, (4, 1))  # label 0 is the most probable, label 19 the least
    metrics = classification_metrics(EMOJIS, probabilities, np.array([0, 4, 5, 19]))
    assert (metrics["accuracy"], metrics["top_5_accuracy"]) == (0.25, 0.5)


def test_tasks_of_few_labels_have_no_top_5_accuracy() -> None:
    assert "top_5_accuracy" not in classification_metrics(OFFENSIVE, np.eye(2), np.array([0, 1]))


@pytest.mark.parametrize(
    ("first", "second", "index"),
    [
        ("so glad", "so glad", 1),
        ("So GLAD", "so glad", 1),
        ("so glad", "glad", 0.5),
        ("so so glad", "glad so", 1),
        ("glad!", "glad", 0),
        ("so", "glad", 0),
        ("", "", 1),
        ("", "glad", 0),
    ],
)
def test_jaccard_index_of_words(first: str, second: str, index: float) -> None:
    assert jaccard(first, second) == index


def test_span_metrics_by_hand() -> None:
    # a whole text returned without a choice, an exact phrase, a phrase that overlaps by half, and a wrong one
    texts = ["so it is", "so glad", "so very sad", "glad to go"]
    split = Split(texts=texts, labels=[1, 2, 0, 2], spans=[(0, 8), (3, 7), (3, 11), (0, 4)])
    predicted = [("so it is", 1.0), ("glad", 0.9), ("sad", 0.4), ("go", 0.5)]
    phrases = [
        Phrase(sentiment="", text=text, start=0, end=0, confidence=confidence, truncated=False, model_version="")
        for text, confidence in predicted
    ]
    metrics = span_metrics(PHRASE, split, phrases)
    assert (metrics["rows"], metrics["jaccard"], metrics["exact"]) == (4, 0.625, 0.5)
    assert metrics["per_label"] == {
        "negative": {"jaccard": 0.5, "rows": 1},
        "neutral": {"jaccard": 1, "rows": 1},
        "positive": {"jaccard": 0.5, "rows": 2},
    }
    assert metrics["expected_calibration_error"] == pytest.approx((0.1 + 0.4 + 0.5) / 3, abs=1e-4)
    assert metrics["calibration_error_by_chance"] == pytest.approx((0.18 + 0.48 + 0.5) / 3, abs=0.03)
