"""Shares of labels, corrected for a classifier's known errors.

A share of predicted labels is biased: where negative posts are rare, most of those predicted negative are errors. The
adjusted count of G. Forman, "Quantifying counts and costs via classification", Data Mining and Knowledge Discovery 17,
2008 (https://doi.org/10.1007/s10618-008-0097-y) corrects it by the error rates on labelled data. It assumes that these
rates, P(predicted label | true label), also hold for the posts.
"""

import numpy as np

DRAWS = 500
SEED = 20080305
JEFFREYS = 0.5
"""Prior count of the Dirichlet distributions. It keeps every error rate above zero."""
MAX_ITERATIONS = 300
TOLERANCE = 1e-5

INTERVAL_METHOD = "Wilson score interval, 95 %"
CORRECTION_METHOD = (
    "adjusted count (Forman 2008, https://doi.org/10.1007/s10618-008-0097-y) with the confusion matrix of the "
    "validation split, maximum likelihood on the simplex; 95 % percentile interval of a parametric bootstrap of the "
    "label counts and the confusion matrix"
)


def adjusted_shares(counts: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """Return the shares of the true labels, (labels,), given the `counts` of predicted labels, (labels,).

    `confusion` counts labelled rows by true label (rows) and predicted label (columns). The shares maximise the
    likelihood of `counts`. Inside the simplex they are the solution of the linear system of the adjusted count. Raise
    ValueError if `counts` are all 0.
    """
    if not counts.sum():
        raise ValueError("there is nothing to adjust")
    rates = confusion + JEFFREYS
    rates /= rates.sum(axis=1, keepdims=True)
    return _most_likely_shares(counts[None] / counts.sum(), rates[None])[0]


def adjusted_intervals(counts: np.ndarray, confusion: np.ndarray, *, draws: int = DRAWS) -> np.ndarray:
    """Return 95 % intervals of the adjusted shares, (labels, 2): lower and upper bounds.

    They are percentiles of a parametric bootstrap. Each draw takes the distribution of the predicted labels and each
    row of the confusion matrix from its Dirichlet posterior under Jeffreys' prior, so both the posts and the labelled
    rows count as samples. The draws are seeded: the same counts have the same intervals.
    """
    rng = np.random.default_rng(SEED)
    observed = rng.dirichlet(counts + JEFFREYS, draws)
    rates = np.stack([rng.dirichlet(row + JEFFREYS, draws) for row in confusion], axis=1)
    return np.percentile(_most_likely_shares(observed, rates), [2.5, 97.5], axis=0).T


def _most_likely_shares(observed: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the shares that maximise the likelihood of the shares `observed`, by expectation maximisation.

    Shapes: `observed` and the result (draws, labels), `rates` (draws, true labels, predicted labels).
    """
    shares = np.full(observed.shape, 1 / observed.shape[1])
    moving = np.arange(len(observed))
    for _ in range(MAX_ITERATIONS):
        joint = shares[moving, :, None] * rates[moving]
        posterior = joint / joint.sum(axis=1, keepdims=True)
        updated = (posterior * observed[moving, None, :]).sum(axis=2)
        change = np.abs(updated - shares[moving]).max(axis=1)
        shares[moving] = updated
        moving = moving[change >= TOLERANCE]
        if not len(moving):
            break
    return shares
