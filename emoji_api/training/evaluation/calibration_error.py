"""How far confidence is from accuracy."""

import numpy as np


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


def calibration_error_if_calibrated(confidence: np.ndarray, draws: int = 100) -> float:
    """The calibration error of answers that are right with just the probability `confidence` (rows,), on average.

    It is not zero, since the rows of a bin are few: what is measured beyond it is the confidence's own fault.
    """
    rng = np.random.default_rng(0)
    errors = [expected_calibration_error(confidence, rng.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.mean(errors))
