"""Recognition of tweets without an emotion, from the probabilities of the emotions."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class NoEmotionRule:
    """The rule that a tweet has no emotion: a logistic regression on the entropy of the emotions' probabilities.

    The network has no label for a tweet without an emotion; for such a tweet the six probabilities are close to each
    other, so that their entropy is high.

    Attributes:
        slope: change of the log-odds of "no emotion" per nat of entropy.
        intercept: log-odds of "no emotion" at an entropy of zero.
        threshold: probability of "no emotion" from which it is the answer.
    """

    slope: float
    intercept: float
    threshold: float

    def probability(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the probability of "no emotion", shape (...), for `probabilities` of shape (..., labels)."""
        result: np.ndarray = 1 / (1 + np.exp(-(self.slope * entropy(probabilities) + self.intercept)))
        return result


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy in nats, float64 of shape (...), of `probabilities` of shape (..., labels)."""
    values = np.asarray(probabilities, np.float64)
    result: np.ndarray = -(values * np.log(np.clip(values, 1e-12, None))).sum(axis=-1)
    return result
