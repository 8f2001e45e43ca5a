"""A temperature and a bias for each label: bias-corrected temperature scaling and logit adjustment."""

import numpy as np
from scipy.optimize import minimize

from emoji_api.training.calibration.temperature import MIN_LIKELIHOOD, fit_temperature
from emoji_api.training.calibration.weighted_logits import WeightedLogits
from emoji_api.training.network.forward import softmax


def fit_bias_corrected_temperature(
    logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Return the temperature and the bias (labels,) that minimise the negative log-likelihood.

    Calibrated probabilities are `softmax(logits / temperature + bias)`: bias-corrected temperature scaling (Alexandari
    et al., 2020, https://arxiv.org/abs/1901.06852). The bias undoes the shift of the class priors that class weights
    and the mixture of data sets caused; it sums to zero. `logits` is (rows, labels), `labels` (rows,) ids, `weights`
    (rows,), by default equal.
    """
    logits = logits.astype(np.float64)  # the optimiser's steps are too small for float32

    def unpack(values: np.ndarray) -> tuple[float, np.ndarray]:
        bias = np.append(values[1:], 0.0)
        return float(np.exp(values[0])), bias - bias.mean()

    def negative_log_likelihood(values: np.ndarray) -> float:
        temperature, bias = unpack(values)
        probabilities = softmax(logits / temperature + bias)
        likelihoods = probabilities[np.arange(len(labels)), labels].clip(MIN_LIKELIHOOD)
        return float(-np.average(np.log(likelihoods), weights=weights))

    return unpack(minimize(negative_log_likelihood, np.zeros(logits.shape[1]), bounds=[(-2, 2)] * logits.shape[1]).x)


def fit_logit_adjustment(logits: np.ndarray, labels: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
    """Return the temperature and the bias (labels,) that calibrate logits after logit adjustment.

    `strength` times the logarithm of each label's share of the rows is subtracted from its calibrated logit; 1 removes
    the class prior completely (Menon et al., 2021, https://arxiv.org/abs/2007.07314). The temperature is fitted again
    for the adjusted bias, which sums to zero. `logits` is (rows, labels), `labels` (rows,) ids.
    """
    temperature, bias = fit_bias_corrected_temperature(logits, labels)
    log_shares = np.log(np.bincount(labels, minlength=logits.shape[1]).clip(1))
    bias = bias - strength * (log_shares - log_shares.mean())
    rows = WeightedLogits(logits, labels, np.ones(len(labels)))
    refitted, bias = fit_temperature(rows, temperature, bias, entropy_scaled=False)
    return refitted.value, bias
