"""Comparison of two profiles by population stability index and Kolmogorov-Smirnov test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emoji_api.drift.profile import Feature, Profile
from emoji_api.errors import DataError

Verdict = Literal["steady", "drifted", "too few"]
SMOOTHING = 0.5
"""Added to the count of each bin: the index of an empty bin would be infinite."""
NORMAL_QUANTILE_99 = 2.326
"""99 % quantile of the standard normal distribution."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far the distribution of one feature has moved from the reference.

    `psi` is the population stability index, `critical` its critical value at the 1 % level: the index that two samples
    of one distribution exceed once in 100 times. `ks` and `p_value` are the statistic and the p-value of the
    Kolmogorov-Smirnov test on the binned values; they are `None` for labels, and if SciPy is not installed. The means
    are `None` for labels. `rows` counts the current values. `verdict` is "drifted" if `psi` reaches the threshold and
    exceeds `critical`, "too few" if it only reaches the threshold, else "steady".
    """

    feature: str
    psi: float
    critical: float
    ks: float | None
    p_value: float | None
    reference_mean: float | None
    mean: float | None
    rows: int
    verdict: Verdict


def compare(reference: Profile, current: Profile, threshold: float) -> list[Drift]:
    """Return the drift of every feature that has values in both profiles.

    Raise DataError if there is no such feature, or if the profiles use different bins.
    """
    drifts = list(_compare_features(reference, current, threshold))
    if not drifts:
        raise DataError("there is nothing to compare: no feature has rows both in the reference and in what is served")
    return drifts


def _compare_features(reference: Profile, current: Profile, threshold: float) -> Iterator[Drift]:
    for name, expected in reference.items():
        actual = current.get(name)
        if actual is None or not expected.rows or not actual.rows:
            continue
        if expected.bins != actual.bins:
            raise DataError(f"the reference counts {name} in other bins: {', '.join(expected.bins)}")
        psi = population_stability_index(expected.counts, actual.counts)
        critical_value = psi_critical_value(expected, actual)
        ks, p_value = _kolmogorov_smirnov(expected, actual)
        yield Drift(
            feature=name,
            psi=psi,
            critical=critical_value,
            ks=ks,
            p_value=p_value,
            reference_mean=expected.mean,
            mean=actual.mean,
            rows=actual.rows,
            verdict="steady" if psi < threshold else "drifted" if psi > critical_value else "too few",
        )


def population_stability_index(expected: np.ndarray, actual: np.ndarray) -> float:
    """Return the sum over the bins of (a - e) ln(a / e), where e and a are the shares of two counts, int (bins,).

    This is the symmetric Kullback-Leibler divergence. By convention 0.1 is a moderate and 0.2 a significant change.
    """
    shares = [(counts + SMOOTHING) / (counts.sum() + SMOOTHING * len(counts)) for counts in (expected, actual)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def psi_critical_value(expected: Feature, actual: Feature) -> float:
    """Return the index that two samples of one distribution exceed once in 100 times.

    For samples of sizes n and m the index is distributed as (1/n + 1/m) times chi-squared, whose degrees of freedom
    are the number of bins in use less one (Yurdakul, 2018, https://scholarworks.wmich.edu/dissertations/3208). The
    quantile of chi-squared is the Wilson-Hilferty approximation.
    """
    degrees = max(int(((expected.counts + actual.counts) > 0).sum()) - 1, 1)
    quantile = degrees * (1 - 2 / (9 * degrees) + NORMAL_QUANTILE_99 * (2 / (9 * degrees)) ** 0.5) ** 3
    return float((1 / expected.rows + 1 / actual.rows) * quantile)


def _kolmogorov_smirnov(expected: Feature, actual: Feature) -> tuple[float | None, float | None]:
    """Return statistic and p-value of the two-sample test on bin numbers, or `None` twice."""
    if expected.total is None:
        return None, None
    try:
        from scipy.stats import ks_2samp
    except ImportError:  # a serving installation
        return None, None
    values = [np.repeat(np.arange(len(feature.counts)), feature.counts) for feature in (expected, actual)]
    result = ks_2samp(*values, method="asymp")
    return float(result.statistic), float(result.pvalue)
