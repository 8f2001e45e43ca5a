"""What is measured is what was answered."""

from pathlib import Path

import numpy as np
import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.tasks import EMOTION, OFFENSIVE
from emoji_api.training.datasets import Split
from emoji_api.training.evaluate import evaluate, metrics, same_label


@pytest.fixture(scope="module")
def served(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)


def test_by_hand() -> None:
    # of three that are not offensive two are found, of one that is offensive one, beside a false one
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])
    measured = metrics(OFFENSIVE, probabilities, np.array([0, 0, 0, 1]))
    assert measured["rows"] == 4
    assert measured["accuracy"] == 0.75
    assert measured["macro_recall"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-4)
    assert measured["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4)
    assert measured["mean_confidence"] == 0.75
    assert measured["confusion"] == [[2, 1], [0, 1]]
    assert measured["per_label"]["not-offensive"] == {"precision": 1, "recall": 0.6667, "f1": 0.8, "rows": 3}
    assert measured["per_label"]["offensive"] == {"precision": 0.5, "recall": 1, "f1": 0.6667, "rows": 1}
    assert measured["expected_calibration_error"] == pytest.approx((0.1 + 0.2 + 0.6 + 0.3) / 4)


def test_the_interval_is_wilsons() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    measured = metrics(OFFENSIVE, np.tile([0.9, 0.1], (100, 1)), labels)
    assert measured["accuracy_interval"] == [0.8256, 0.9448]


def test_a_label_without_rows_counts_as_not_found() -> None:
    measured = metrics(EMOTION, np.eye(6)[[0, 1]], np.array([0, 1]))
    assert measured["accuracy"] == 1
    assert measured["macro_f1"] == pytest.approx(2 / 6, abs=1e-4)
    assert measured["per_label"]["fear"]["rows"] == 0


def test_evaluated_through_the_serving_code(served: Classifier, validation: Split) -> None:
    answers = [answer.label for answer in served.classify(validation.texts)]
    right = [EMOTION.labels[label] == answer for label, answer in zip(validation.labels, answers, strict=True)]
    assert evaluate(served, EMOTION, validation)["accuracy"] == pytest.approx(np.mean(right), abs=1e-4)


def test_a_classifier_agrees_with_itself(served: Classifier, validation: Split) -> None:
    assert same_label(served, served, EMOTION, validation.texts) == 1
