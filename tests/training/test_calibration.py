"""Confidence says how often the answer is right."""

import numpy as np
import pytest

from emoji_api.training.calibration import expected_calibration_error, fit_calibration
from emoji_api.training.fit import softmax

BIAS = np.array([0.6, -0.2, 0.1, -0.5, 0.3, -0.3])


def sample(temperature: float, bias: np.ndarray | float = 0.0, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn from their calibrated probabilities."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (rows, 6))
    drawn = (softmax(logits / temperature + bias).cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
    return logits, drawn.clip(max=5)


def calibration_error(logits: np.ndarray, labels: np.ndarray) -> float:
    probabilities = softmax(logits)
    return expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 4.0])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    fitted, bias = fit_calibration(*sample(temperature))
    assert fitted == pytest.approx(temperature, rel=0.05)
    assert np.abs(bias).max() < 0.1


def test_a_known_bias_is_recovered() -> None:
    temperature, bias = fit_calibration(*sample(1.7, BIAS))
    assert temperature == pytest.approx(1.7, rel=0.05)
    assert bias.tolist() == pytest.approx(BIAS.tolist(), abs=0.1)
    assert bias.sum() == pytest.approx(0)


def test_a_network_that_is_always_right_gets_a_finite_temperature() -> None:
    temperature, bias = fit_calibration(np.eye(6) * 9, np.arange(6))
    assert 0.1 < temperature < 1
    assert np.isfinite(bias).all()


def test_calibrated_confidence_has_a_small_error() -> None:
    assert calibration_error(*sample(1.0)) < 0.01


def test_overconfidence_has_a_large_error_until_it_is_calibrated() -> None:
    logits, labels = sample(3.0, BIAS)
    temperature, bias = fit_calibration(logits, labels)
    assert calibration_error(logits, labels) > 0.2
    assert calibration_error(logits / temperature + bias, labels) < 0.015


def test_by_hand() -> None:
    # bins of 0.2: one holds 0.9 and 0.85, half of them right, the other 0.5 and 0.45, both right
    confidence, right = np.array([0.9, 0.85, 0.5, 0.45]), np.array([True, False, True, True])
    expected = (0.875 - 0.5) * 0.5 + (1 - 0.475) * 0.5
    assert expected_calibration_error(confidence, right, bins=5) == pytest.approx(expected)


@pytest.mark.parametrize(("right", "error"), [(True, 0), (False, 1)])
def test_full_confidence_is_in_the_last_bin(right: bool, error: float) -> None:
    assert expected_calibration_error(np.array([1.0]), np.array([right])) == error
