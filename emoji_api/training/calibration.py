"""Confidence that can be believed: a temperature and a bias a label, fitted on validation data."""

import numpy as np
from scipy.optimize import minimize

from emoji_api.training.fit import softmax


def fit_calibration(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The temperature and the bias a label (labels,) of least negative log-likelihood.

    Calibrated probabilities are `softmax(logits / temperature + bias)`: bias-corrected temperature scaling (Alexandari
    et al., 2020, https://arxiv.org/abs/1901.06852). The bias takes back what class weights and the mixture of data
    sets did to the classes' priors. `logits` (rows, labels), `labels` (rows,) of ids. The bias sums to zero.
    """

    logits = logits.astype(np.float64)  # the optimiser's steps are too small for float32

    def unpack(values: np.ndarray) -> tuple[float, np.ndarray]:
        bias = np.append(values[1:], 0.0)
        return float(np.exp(values[0])), bias - bias.mean()

    def negative_log_likelihood(values: np.ndarray) -> float:
        temperature, bias = unpack(values)
        probabilities = softmax(logits / temperature + bias)
        return float(-np.log(probabilities[np.arange(len(labels)), labels].clip(1e-12)).mean())

    return unpack(minimize(negative_log_likelihood, np.zeros(logits.shape[1]), bounds=[(-2, 2)] * logits.shape[1]).x)


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
