"""Labels are chosen as the measure wants them."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from emoji_api.tasks import EMOJIS, HATE, SENTIMENT
from emoji_api.training.calibration.decision_rules import (
    best_threshold,
    cautious_threshold,
    fit_decision_rule,
    macro_f1_rule,
)
from emoji_api.training.network.forward import softmax
from emoji_api.training.params import CalibrationParams


def test_the_best_threshold_parts_the_labels() -> None:
    scores, labels = np.array([0.1, 0.25, 0.31, 0.4]), np.array([0, 0, 1, 1])
    assert 0.25 < best_threshold(scores, labels) <= 0.31


def test_the_best_threshold_by_hand() -> None:
    # macro F1 is 0.8 where one of 0 is taken for 1, 0.58 from 0.56 on, and 0.76 from 0.61 on
    assert 0.4 < best_threshold(np.array([0.3, 0.4, 0.6, 0.55, 0.9]), np.array([0, 0, 0, 1, 1])) <= 0.55


def test_a_cautious_threshold_accuses_no_more_of_the_others_than_it_may() -> None:
    scores, labels = np.array([0.1, 0.2, 0.3, 0.4, 0.2]), np.array([0, 0, 0, 0, 1])
    assert 0.3 < cautious_threshold(scores, labels, 0.25) <= 0.4
    assert cautious_threshold(scores, labels, 0.2) == pytest.approx(0.41)
    assert cautious_threshold(scores, labels, 1.0) == pytest.approx(0.05)


def test_a_cautious_threshold_that_cannot_be_kept_is_the_highest() -> None:
    assert cautious_threshold(np.ones(4), np.array([0, 0, 1, 1]), 0.1) == pytest.approx(0.95)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_threshold_is_never_at_the_ends(score: float) -> None:
    assert 0.05 <= best_threshold(np.full(4, score), np.array([0, 0, 1, 1])) <= 0.95


def drawn(rows: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities of four labels, one of them likeliest in most rows, and the labels that come true."""
    rng = np.random.default_rng(seed)
    probabilities = softmax(rng.normal(0, 0.8, (rows, 4)) + np.array([2.0, 0.5, 0, -0.5]))
    return probabilities, np.array([rng.choice(4, p=row) for row in probabilities])


def test_macro_f1_is_better_than_that_of_the_likeliest() -> None:
    (fitted_on, _), (probabilities, labels) = drawn(3000), drawn(3000, seed=5)
    found = f1_score(labels, macro_f1_rule(fitted_on)(probabilities), average="macro")
    assert found > f1_score(labels, probabilities.argmax(axis=1), average="macro") + 0.05
    # nor is a label that is made up for its share better: logit adjustment, with any strength
    shares = np.log(fitted_on.mean(axis=0))
    adjusted = [(np.log(probabilities) - strength * shares).argmax(axis=1) for strength in np.linspace(0, 1, 11)]
    assert found > max(f1_score(labels, given, average="macro") for given in adjusted)


def test_a_floor_is_half_of_the_label_s_f1() -> None:
    probabilities, labels = drawn(20_000)
    decision = macro_f1_rule(probabilities)
    by_label = f1_score(labels, decision(probabilities), average=None)
    np.testing.assert_allclose(decision.floors, by_label / 2, atol=0.02)
    assert decision.weights[0] == min(decision.weights)


def test_the_best_of_two_labels_is_the_best_threshold() -> None:
    rng = np.random.default_rng(2)
    scores = rng.beta(1, 3, 20_000)
    labels = (rng.random(len(scores)) < scores).astype(int)
    probabilities = np.stack([1 - scores, scores], axis=1)
    given = macro_f1_rule(probabilities)(probabilities)
    best = scores >= best_threshold(scores, labels)
    assert f1_score(labels, given, average="macro") == pytest.approx(f1_score(labels, best, average="macro"), abs=0.005)


def test_each_task_has_its_own() -> None:
    params = CalibrationParams(macro_f1_tasks=["emojis"])
    probabilities = softmax(np.random.default_rng(1).normal(size=(50, 20)))
    labels = probabilities.argmax(axis=1)
    of_emojis = fit_decision_rule(EMOJIS, probabilities, labels, params)
    assert of_emojis["threshold"] is None and len(of_emojis["floors"]) == len(of_emojis["weights"]) == 20
    assert fit_decision_rule(SENTIMENT, probabilities[:, :3], labels % 3, params) == {"threshold": None}
    assert fit_decision_rule(HATE, probabilities[:, :2], labels % 2, params).keys() == {"threshold"}
