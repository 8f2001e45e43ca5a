"""Calibration of confidences: expected calibration error (ECE), and the bins of a reliability diagram."""

import numpy as np

BINS = 15


def reliability_bins(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> list[dict[str, float]]:
    """Return mean confidence, accuracy and number of rows of each of `bins` bins of equal width that has rows.

    `confidence` (rows,) is the probability of the predicted label, `correct` (rows,) is true where the prediction is
    correct. The values have four decimals.
    """
    bin_ids = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "confidence": round(float(confidence[bin_ids == bin_id].mean()), 4),
            "accuracy": round(float(correct[bin_ids == bin_id].mean()), 4),
            "rows": int((bin_ids == bin_id).sum()),
        }
        for bin_id in np.unique(bin_ids)
    ]


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Return the expected calibration error over `bins` confidence bins of equal width.

    It is the mean over the bins, weighted by their rows, of the absolute difference between mean confidence and
    accuracy (Guo et al., 2017, https://arxiv.org/abs/1706.04599). `confidence` (rows,) is the probability of the
    predicted label, `correct` (rows,) is true where the prediction is correct.
    """
    bin_ids = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[bin_ids == bin_id].mean() - correct[bin_ids == bin_id].mean()) * (bin_ids == bin_id).mean()
        for bin_id in np.unique(bin_ids)
    ]
    return float(np.sum(gaps))


def calibration_error_if_calibrated(confidence: np.ndarray, draws: int = 100) -> float:
    """Return the calibration error expected if `confidence` (rows,) were perfectly calibrated.

    It is the mean over `draws` simulations in which each row is correct with the probability `confidence`. It is above
    zero because the bins are finite: only the part of a measured error above it is evidence of miscalibration.
    """
    rng = np.random.default_rng(0)
    errors = [expected_calibration_error(confidence, rng.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.mean(errors))
