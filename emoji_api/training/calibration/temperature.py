"""Temperature scaling, with an optional dependence on the entropy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from emoji_api.training.calibration.weighted_logits import WeightedLogits
from emoji_api.training.network.forward import softmax

# lower bound of the normalised entropy, so that a negative power of it stays finite
MIN_ENTROPY = 1e-6
# probabilities below this count as this in a likelihood
MIN_LIKELIHOOD = 1e-12


@dataclass(frozen=True)
class Temperature:
    """A temperature, `value` times the normalised entropy to the power of `entropy_power`.

    The entropy is that of the softmax at the temperature `value`, divided by its maximum. With a positive power
    confident predictions become more confident and uncertain ones stay as they are. The ranking of the labels never
    changes. This is entropy-based temperature scaling (Balanya et al., 2022, https://arxiv.org/abs/2208.00461) with a
    power of the entropy in place of a softplus of its logarithm; a power of zero is plain temperature scaling.
    """

    value: float = 1.0
    entropy_power: float = 0.0

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any]) -> "Temperature":
        """Return the temperature in a task's entry of `bundle.json`."""
        return cls(entry["temperature"], entry.get("entropy_power", 0.0))

    def as_entry(self) -> dict[str, float]:
        """Return the temperature's part of a task's entry in `bundle.json`."""
        power = {"entropy_power": self.entropy_power} if self.entropy_power else {}
        return {"temperature": self.value} | power

    def probabilities(self, logits: np.ndarray, bias: np.ndarray | float = 0.0) -> np.ndarray:
        """Return calibrated probabilities (rows, labels) of logits (rows, labels).

        `bias` (labels,) is added to the logits after their division by `value`.
        """
        scaled = logits / self.value + bias
        probabilities = softmax(scaled)
        if not self.entropy_power:
            return probabilities
        entropy = -(probabilities * np.log(probabilities.clip(1e-30))).sum(axis=-1, keepdims=True)
        normalized = entropy / np.log(scaled.shape[-1])
        return softmax(scaled * normalized.clip(MIN_ENTROPY) ** -self.entropy_power)


def fit_temperature(
    rows: WeightedLogits, initial: float, bias: np.ndarray, *, entropy_scaled: bool
) -> tuple[Temperature, np.ndarray]:
    """Return the temperature that minimises the negative log-likelihood, for a fixed bias.

    `bias` (labels,) belongs to the temperature `initial`; it is returned rescaled to the fitted one. With
    `entropy_scaled` the power of the entropy is fitted too.
    """
    # the bias in units of the logits does not depend on the temperature
    shifted = rows.logits.astype(np.float64) + initial * bias
    places = np.arange(len(rows.labels))

    def temperature_of(values: np.ndarray) -> Temperature:
        return Temperature(float(np.exp(values[0])), float(values[1]) if entropy_scaled else 0.0)

    def negative_log_likelihood(values: np.ndarray) -> float:
        likelihoods = temperature_of(values).probabilities(shifted)[places, rows.labels].clip(MIN_LIKELIHOOD)
        return float(-np.average(np.log(likelihoods), weights=rows.weights))

    start, bounds = [np.log(initial)], [(-2, 2)]
    if entropy_scaled:
        start, bounds = [*start, 0.0], [*bounds, (-1, 1)]
    fitted = temperature_of(minimize(negative_log_likelihood, np.array(start), bounds=bounds).x)
    return fitted, bias * initial / fitted.value
