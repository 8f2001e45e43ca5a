"""Bias-corrected temperature scaling and logit adjustment recover known parameters and change what they should."""

import numpy as np
import pytest

from emoji_api.training.calibration.bias import fit_bias_corrected_temperature, fit_logit_adjustment
from emoji_api.training.calibration.weighted_logits import class_balance_weights
from emoji_api.training.evaluation.calibration_error import expected_calibration_error
from emoji_api.training.network.forward import softmax
from tests.training.calibration.samples import BIAS, sample

FREQUENT_FIRST_LABEL = np.array([3.0, 0, 0, 0, 0, 0])


def calibration_error(logits: np.ndarray, labels: np.ndarray) -> float:
    probabilities = softmax(logits)
    return expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def rare_label_share(logits: np.ndarray, temperature: float, bias: np.ndarray) -> float:
    """Return how often a label other than the first, the frequent one, is predicted."""
    return float((softmax(logits / temperature + bias).argmax(axis=1) > 0).mean())


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 4.0])
def test_known_temperature_is_recovered(temperature: float) -> None:
    fitted, bias = fit_bias_corrected_temperature(*sample(temperature))
    assert fitted == pytest.approx(temperature, rel=0.05)
    assert np.abs(bias).max() < 0.1


def test_known_bias_is_recovered() -> None:
    temperature, bias = fit_bias_corrected_temperature(*sample(1.7, BIAS))
    assert temperature == pytest.approx(1.7, rel=0.05)
    assert bias.tolist() == pytest.approx(BIAS.tolist(), abs=0.1)
    assert bias.sum() == pytest.approx(0)


def test_perfect_predictions_give_a_finite_temperature() -> None:
    temperature, bias = fit_bias_corrected_temperature(np.eye(6) * 9, np.arange(6))
    assert 0.1 < temperature < 1
    assert np.isfinite(bias).all()


def test_calibration_removes_the_error_of_overconfident_logits() -> None:
    logits, labels = sample(3.0, BIAS)
    temperature, bias = fit_bias_corrected_temperature(logits, labels)
    assert calibration_error(logits, labels) > 0.2
    assert calibration_error(logits / temperature + bias, labels) < 0.015


def test_class_balance_predicts_rare_labels_more_often() -> None:
    logits, labels = sample(1.7, FREQUENT_FIRST_LABEL)
    shares = []
    for class_balance in (0, 0.5, 1):
        weights = class_balance_weights(labels, class_balance, 6)
        shares.append(rare_label_share(logits, *fit_bias_corrected_temperature(logits, labels, weights)))
    assert shares[0] < shares[1] < shares[2]


def test_full_class_balance_equals_resampling_the_rare_labels() -> None:
    logits, labels = sample(1.7, np.array([1.0, 1.0, 1.0, -1.5, -1.5, 1.0]))
    rng, even = np.random.default_rng(1), len(labels) // 6
    rows_by_label = [np.flatnonzero(labels == label) for label in range(6)]
    assert [len(rows) < even for rows in rows_by_label] == [False, False, False, True, True, False]
    resampled = np.concatenate([rows if len(rows) > even else rng.choice(rows, even) for rows in rows_by_label])
    temperature, bias = fit_bias_corrected_temperature(logits, labels, class_balance_weights(labels, 1, 6))
    expected = fit_bias_corrected_temperature(logits[resampled], labels[resampled])
    assert temperature == pytest.approx(expected[0], rel=0.05)
    assert bias.tolist() == pytest.approx(expected[1].tolist(), abs=0.1)


def test_logit_adjustment_of_strength_zero_is_bias_corrected_temperature_scaling() -> None:
    logits, labels = sample(1.7, BIAS)
    temperature, bias = fit_logit_adjustment(logits, labels, 0)
    expected = fit_bias_corrected_temperature(logits, labels)
    assert temperature == pytest.approx(expected[0], rel=0.01)
    assert bias.tolist() == pytest.approx(expected[1].tolist(), abs=0.01)


def test_logit_adjustment_predicts_rare_labels_more_often() -> None:
    logits, labels = sample(1.7, FREQUENT_FIRST_LABEL)
    shares = []
    for strength in (0, 0.5, 1):
        temperature, bias = fit_logit_adjustment(logits, labels, strength)
        shares.append(rare_label_share(logits, temperature, bias))
        assert bias.sum() == pytest.approx(0, abs=1e-6)
    assert shares[0] < shares[1] < shares[2]


def test_logit_adjustment_of_adjusted_logits_changes_nothing() -> None:
    """The heads of an exported bundle contain the bias already, and may be exported again."""
    logits, labels = sample(1.7, BIAS)
    temperature, bias = fit_logit_adjustment(logits, labels, 0.7)
    again = fit_logit_adjustment(logits / temperature + bias, labels, 0.7)
    assert again[0] == pytest.approx(1, abs=0.01)
    assert np.abs(again[1]).max() < 0.02
