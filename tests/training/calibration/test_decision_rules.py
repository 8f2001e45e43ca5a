"""Decision rules maximise the metric of their task on validation data."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emoji_api.tasks import EMOJIS, HATE, SENTIMENT
from emoji_api.training.calibration.decision_rules import (
    false_positive_rate_threshold,
    fit_decision_rule,
    macro_f1_rule,
    macro_f1_threshold,
)
from emoji_api.training.network.forward import softmax
from emoji_api.training.params import CalibrationParams


def test_macro_f1_threshold_separates_the_labels() -> None:
    scores, labels = np.array([0.1, 0.25, 0.31, 0.4]), np.array([0, 0, 1, 1])
    assert 0.25 < macro_f1_threshold(scores, labels) <= 0.31


def test_macro_f1_threshold_by_hand() -> None:
    # macro F1 is 0.8 with one false positive, 0.58 from 0.56 on, and 0.76 from 0.61 on
    assert 0.4 < macro_f1_threshold(np.array([0.3, 0.4, 0.6, 0.55, 0.9]), np.array([0, 0, 0, 1, 1])) <= 0.55


def test_false_positive_rate_is_not_exceeded() -> None:
    scores, labels = np.array([0.1, 0.2, 0.3, 0.4, 0.2]), np.array([0, 0, 0, 0, 1])
    assert 0.3 < false_positive_rate_threshold(scores, labels, 0.25) <= 0.4
    assert false_positive_rate_threshold(scores, labels, 0.2) == pytest.approx(0.41)
    assert false_positive_rate_threshold(scores, labels, 1.0) == pytest.approx(0.05)


def test_unreachable_false_positive_rate_gives_the_highest_threshold() -> None:
    assert false_positive_rate_threshold(np.ones(4), np.array([0, 0, 1, 1]), 0.1) == pytest.approx(0.95)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_threshold_is_never_zero_or_one(score: float) -> None:
    assert 0.05 <= macro_f1_threshold(np.full(4, score), np.array([0, 0, 1, 1])) <= 0.95


def sample(rows: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return calibrated probabilities of four labels, the first of them frequent, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(0, 0.8, (rows, 4)) + np.array([2.0, 0.5, 0, -0.5]))
    return probabilities, np.array([rng.choice(4, p=row) for row in probabilities])


def test_macro_f1_rule_beats_argmax_and_logit_adjustment() -> None:
    (fitted_on, _), (probabilities, labels) = sample(3000), sample(3000, seed=5)
    macro_f1 = f1_score(labels, macro_f1_rule(fitted_on)(probabilities), average="macro")
    assert macro_f1 > f1_score(labels, probabilities.argmax(axis=1), average="macro") + 0.05
    log_priors = np.log(fitted_on.mean(axis=0))
    adjusted = [(np.log(probabilities) - strength * log_priors).argmax(axis=1) for strength in np.linspace(0, 1, 11)]
    assert macro_f1 > max(f1_score(labels, predicted, average="macro") for predicted in adjusted)


def test_floor_is_half_of_the_f1_of_the_label() -> None:
    probabilities, labels = sample(20_000)
    rule = macro_f1_rule(probabilities)
    f1_by_label = f1_score(labels, rule(probabilities), average=None)
    np.testing.assert_allclose(rule.floors, f1_by_label / 2, atol=0.02)
    assert rule.weights[0] == min(rule.weights)


def test_macro_f1_rule_of_two_labels_equals_the_best_threshold() -> None:
    rng = np.random.default_rng(2)
    scores = rng.beta(1, 3, 20_000)
    labels = (rng.random(len(scores)) < scores).astype(int)
    probabilities = np.stack([1 - scores, scores], axis=1)
    by_rule = macro_f1_rule(probabilities)(probabilities)
    by_threshold = scores >= macro_f1_threshold(scores, labels)
    expected = f1_score(labels, by_threshold, average="macro")
    assert f1_score(labels, by_rule, average="macro") == pytest.approx(expected, abs=0.005)


def test_rule_depends_on_the_task() -> None:
    params = CalibrationParams(macro_f1_tasks=["emojis"])
    probabilities = softmax(np.random.default_rng(1).normal(size=(50, 20)))
    labels = probabilities.argmax(axis=1)
    emojis = fit_decision_rule(EMOJIS, probabilities, labels, params)
    assert emojis["threshold"] is None and len(emojis["floors"]) == len(emojis["weights"]) == 20
    assert fit_decision_rule(SENTIMENT, probabilities[:, :3], labels % 3, params) == {"threshold": None}
    assert fit_decision_rule(HATE, probabilities[:, :2], labels % 2, params).keys() == {"threshold"}
