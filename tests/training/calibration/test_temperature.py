"""Entropy-based temperature scaling changes the confidence, never the ranking of the labels."""

import numpy as np
import pytest

from emoji_api.training.calibration.temperature import Temperature, fit_temperature
from emoji_api.training.calibration.weighted_logits import WeightedLogits
from emoji_api.training.network.forward import softmax
from tests.training.calibration.samples import BIAS, draw_labels, sample

THREE_BIASES = np.array([0.6, -0.2, -0.4])
LOGITS = np.random.default_rng(0).normal(0, 3, (500, 3))


def test_power_of_zero_is_temperature_scaling() -> None:
    expected = softmax(LOGITS / 1.7 + THREE_BIASES)
    np.testing.assert_allclose(Temperature(1.7).probabilities(LOGITS, THREE_BIASES), expected)


@pytest.mark.parametrize("power", [-0.2, 0.1, 0.5])
def test_ranking_of_the_labels_does_not_change(power: float) -> None:
    plain = Temperature(1.7).probabilities(LOGITS, THREE_BIASES)
    scaled = Temperature(1.7, power).probabilities(LOGITS, THREE_BIASES)
    np.testing.assert_array_equal(scaled.argsort(axis=1), plain.argsort(axis=1))


@pytest.mark.parametrize("power", [0.1, 0.5])
def test_positive_power_raises_confident_predictions_most(power: float) -> None:
    """Measured by the log odds of the first label."""
    logits = np.array([[gap, 0.0, 0.0] for gap in (0.1, 1.0, 3.0, 9.0)])
    plain, scaled = (Temperature(1, value).probabilities(logits) for value in (0.0, power))
    ratio = np.log(scaled[:, 0] / scaled[:, 1]) / np.log(plain[:, 0] / plain[:, 1])
    assert (np.diff(ratio) > 0).all()
    assert ratio[0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("power", [-1.0, 1.0])
def test_certain_and_uniform_logits_have_finite_probabilities(power: float) -> None:
    probabilities = Temperature(1, power).probabilities(np.array([[1000.0, 0, 0], [0, 0, 0]]))
    np.testing.assert_allclose(probabilities[1], 1 / 3)
    assert np.isfinite(probabilities).all()
    assert probabilities[0].argmax() == 0


@pytest.mark.parametrize("temperature", [Temperature(1.7), Temperature(0.8, 0.3)])
def test_entry_of_a_bundle_round_trips(temperature: Temperature) -> None:
    entry = temperature.as_entry()
    assert Temperature.from_entry(entry) == temperature
    assert ("entropy_power" in entry) == bool(temperature.entropy_power)


@pytest.mark.parametrize("power", [-0.1, 0.0, 0.4])
def test_known_entropy_power_is_recovered(power: float) -> None:
    logits, _ = sample(1.7)
    labels = draw_labels(Temperature(1.7, power).probabilities(logits, BIAS))
    rows = WeightedLogits(logits, labels, np.ones(len(logits)))
    temperature, bias = fit_temperature(rows, 2.5, BIAS * 1.7 / 2.5, entropy_scaled=True)
    assert temperature.value == pytest.approx(1.7, rel=0.05)
    assert temperature.entropy_power == pytest.approx(power, rel=0.15, abs=0.03)
    assert bias.tolist() == pytest.approx(BIAS.tolist(), rel=0.05)
    assert fit_temperature(rows, 2.5, BIAS * 1.7 / 2.5, entropy_scaled=False)[0].entropy_power == 0
