"""Random logits with labels that are drawn from known calibrated probabilities."""

import numpy as np

from emoji_api.training.network.forward import softmax

BIAS = np.array([0.6, -0.2, 0.1, -0.5, 0.3, -0.3])


def sample(temperature: float, bias: np.ndarray | float = 0.0, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (rows, 6) and labels (rows,) drawn from `softmax(logits / temperature + bias)`."""
    logits = np.random.default_rng(0).normal(0, 3, (rows, 6))
    return logits, draw_labels(softmax(logits / temperature + bias))


def draw_labels(probabilities: np.ndarray) -> np.ndarray:
    """Return a random label of each row of `probabilities` (rows, labels)."""
    random = np.random.default_rng(1).random((len(probabilities), 1))
    return (probabilities.cumsum(axis=1) < random).sum(axis=1).clip(max=probabilities.shape[1] - 1)
