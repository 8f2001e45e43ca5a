"""Confidence that can be believed: one temperature a task, fitted on validation data."""

import numpy as np
from scipy.optimize import minimize_scalar

from emoji_api.training.fit import softmax


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least negative log-likelihood (Guo et al., 2017, https://arxiv.org/abs/1706.04599).

    `logits` (rows, labels), `labels` (rows,) of ids.
    """

    def negative_log_likelihood(log_temperature: float) -> float:
        probabilities = softmax(logits / np.exp(log_temperature))
        return float(-np.log(probabilities[np.arange(len(labels)), labels].clip(1e-12)).mean())

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-2, 2), method="bounded").x))


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """How far, on average, the confidence is from the share that is right, over `bins` of equal width.

    `confidence` (rows,) of the label that was given, `right` (rows,) whether it was the right one.
    """
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == place].mean() - right[places == place].mean()) * (places == place).mean()
        for place in np.unique(places)
    ]
    return float(np.sum(gaps))
