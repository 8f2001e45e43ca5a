"""Calibration error: expected calibration error, and its expectation for perfectly calibrated confidence."""

import numpy as np
import pytest

from emoji_api.training.evaluation.calibration_error import (
    calibration_error_if_calibrated,
    expected_calibration_error,
    reliability_bins,
)


def test_expected_calibration_error_by_hand() -> None:
    # bins of 0.2: one holds 0.9 and 0.85, half of them right, the other 0.5 and 0.45, both right
    confidence, right = np.array([0.9, 0.85, 0.5, 0.45]), np.array([True, False, True, True])
    expected = (0.875 - 0.5) * 0.5 + (1 - 0.475) * 0.5
    assert expected_calibration_error(confidence, right, bins=5) == pytest.approx(expected)


@pytest.mark.parametrize(("right", "error"), [(True, 0), (False, 1)])
def test_confidence_of_one_belongs_to_the_last_bin(right: bool, error: float) -> None:
    assert expected_calibration_error(np.array([1.0]), np.array([right])) == error


def test_calibrated_confidence_has_a_small_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(20_000)
    assert expected_calibration_error(confidence, rng.random(20_000) < confidence) < 0.02


@pytest.mark.parametrize(("confidence", "error"), [([0.5], 0.5), ([1.0, 1.0], 0), ([0.5, 0.5], 0.25)])
def test_error_if_calibrated_by_hand(confidence: list[float], error: float) -> None:
    """Two rows of confidence 0.5: both right or both wrong (half of the draws) is an error of 0.5, one right of 0."""
    assert calibration_error_if_calibrated(np.array(confidence), draws=4000) == pytest.approx(error, abs=0.02)


def test_error_if_calibrated_decreases_with_the_number_of_rows() -> None:
    few, many = (calibration_error_if_calibrated(np.random.default_rng(0).random(rows)) for rows in (100, 10_000))
    assert 0 < many < 0.02 < few


def test_reliability_bins_by_hand() -> None:
    confidence, right = np.array([0.9, 0.85, 0.5, 0.45]), np.array([True, False, True, True])
    assert reliability_bins(confidence, right, bins=5) == [
        {"confidence": 0.475, "accuracy": 1.0, "rows": 2},
        {"confidence": 0.875, "accuracy": 0.5, "rows": 2},
    ]


def test_reliability_bins_have_the_calibration_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(500)
    right = rng.random(500) < confidence**2
    gaps = [abs(row["confidence"] - row["accuracy"]) * row["rows"] for row in reliability_bins(confidence, right)]
    assert sum(gaps) / 500 == pytest.approx(expected_calibration_error(confidence, right), abs=1e-4)
