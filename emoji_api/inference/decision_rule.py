"""Which label is given, by the labels' probabilities."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class DecisionRule:
    """How a task's label is chosen: the likeliest, unless the bundle says otherwise.

    With a `threshold`, it is the second of two labels from that probability on. With `floors` and `weights`, one a
    label, it is the one of the largest `(probability - floor) * weight`: so a label that is seldom likeliest has its
    turn.
    """

    threshold: float | None = None
    floors: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """The ids (...) of the labels that are given by `probabilities` (..., labels)."""
        if self.threshold is not None:
            return (probabilities[..., 1] >= self.threshold).astype(int)
        if self.floors:
            probabilities = (probabilities - np.array(self.floors)) * np.array(self.weights)
        chosen: np.ndarray = probabilities.argmax(axis=-1)
        return chosen
