"""A temperature may depend on how sure the network is, and never changes what it says."""

import numpy as np
import pytest

from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.network.forward import softmax

BIAS = np.array([0.6, -0.2, -0.4])
LOGITS = np.random.default_rng(0).normal(0, 3, (500, 3))


def test_without_a_power_it_is_temperature_scaling() -> None:
    np.testing.assert_allclose(Temperature(1.7).probabilities(LOGITS, BIAS), softmax(LOGITS / 1.7 + BIAS))


@pytest.mark.parametrize("power", [-0.2, 0.1, 0.5])
def test_the_order_of_the_labels_stays(power: float) -> None:
    plain, changed = (Temperature(1.7, of).probabilities(LOGITS, BIAS) for of in (0.0, power))
    np.testing.assert_array_equal(changed.argsort(axis=1), plain.argsort(axis=1))


@pytest.mark.parametrize("power", [0.1, 0.5])
def test_the_surer_the_network_the_more_a_power_adds(power: float) -> None:
    """In odds: how much likelier the likeliest label is than each other one."""
    logits = np.array([[gap, 0.0, 0.0] for gap in (0.1, 1.0, 3.0, 9.0)])
    odds = [np.log(of[:, 0] / of[:, 1]) for of in (Temperature(1, p).probabilities(logits) for p in (0.0, power))]
    more = odds[1] / odds[0]
    assert (np.diff(more) > 0).all()
    assert more[0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("power", [-1.0, 1.0])
def test_certainty_and_no_idea_at_all_have_probabilities(power: float) -> None:
    probabilities = Temperature(1, power).probabilities(np.array([[1000.0, 0, 0], [0, 0, 0]]))
    np.testing.assert_allclose(probabilities[1], 1 / 3)
    assert np.isfinite(probabilities).all()
    assert probabilities[0].argmax() == 0


@pytest.mark.parametrize("temperature", [Temperature(1.7), Temperature(0.8, 0.3)])
def test_a_bundle_gives_back_what_it_was_told(temperature: Temperature) -> None:
    assert Temperature.of(temperature.as_entry()) == temperature
    assert ("entropy_power" in temperature.as_entry()) == bool(temperature.entropy_power)
