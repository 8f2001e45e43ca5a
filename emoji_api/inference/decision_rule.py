"""Decision rules: from the probabilities of a task's labels to the predicted label."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class DecisionRule:
    """The decision rule of one task. Without parameters it is the argmax of the probabilities.

    Attributes:
        threshold: for binary tasks, the probability from which the second label is predicted.
        floors: for multiclass tasks, an offset per label that is subtracted from its probability.
        weights: a factor per label, applied after the offset. The prediction is the argmax of
            `(probability - floor) * weight`. Fitted for macro F1, this predicts rare labels more often than the argmax.
    """

    threshold: float | None = None
    floors: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the index of the predicted label, shape (...), for `probabilities` of shape (..., labels)."""
        if self.threshold is not None:
            return (probabilities[..., 1] >= self.threshold).astype(int)
        if self.floors:
            probabilities = (probabilities - np.array(self.floors)) * np.array(self.weights)
        predicted: np.ndarray = probabilities.argmax(axis=-1)
        return predicted
