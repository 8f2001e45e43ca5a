"""Recognition of tweets without an emotion, from the probabilities of the emotions."""

from dataclasses import dataclass

import numpy as np

SMALLEST_DIVERGENCE = 0.01
"""Added to the divergence, so that its logarithm is finite."""


@dataclass(frozen=True, kw_only=True)
class NoEmotionRule:
    """The rule that a tweet has no emotion: a logistic regression on the `log_divergence` of the probabilities.

    The network has no label for a tweet without an emotion; the probabilities of such a tweet are close to uniform.

    Attributes:
        slope: change of the log-odds of "no emotion" per unit of the log-divergence.
        intercept: log-odds of "no emotion" at a log-divergence of zero.
        threshold: probability of "no emotion" from which it is the answer.
    """

    slope: float
    intercept: float
    threshold: float

    def probability(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the probability of "no emotion", shape (...), for `probabilities` of shape (..., labels)."""
        result: np.ndarray = 1 / (1 + np.exp(-(self.slope * log_divergence(probabilities) + self.intercept)))
        return result


def log_divergence(probabilities: np.ndarray) -> np.ndarray:
    """Return the logarithm of the Kullback-Leibler divergence of distributions from the uniform one.

    `probabilities` have the shape (..., labels), the result is float64 of shape (...).
    """
    values = np.asarray(probabilities, np.float64)
    entropy = -(values * np.log(values.clip(1e-12))).sum(axis=-1)
    result: np.ndarray = np.log((np.log(values.shape[-1]) - entropy).clip(0) + SMALLEST_DIVERGENCE)
    return result
