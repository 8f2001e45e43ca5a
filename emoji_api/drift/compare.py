"""How far two profiles are from each other, feature by feature, and how far they would be by chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emoji_api.drift.profile import Feature, Profile
from emoji_api.errors import DataError

Verdict = Literal["steady", "drifted", "too few"]
SMOOTHING = 0.5  # added to each count: an empty bin would be infinitely far from any other
Z = 2.326  # of a standard normal distribution, 99 % lie below


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far a feature has moved: its population stability index, and that which chance alone exceeds once in 100.

    `ks` is the Kolmogorov-Smirnov statistic of a number in its bins and `p_value` its significance; `None` for labels,
    and where SciPy is not installed. Means are `None` for labels.
    """

    feature: str
    psi: float
    chance: float
    ks: float | None
    p_value: float | None
    reference_mean: float | None
    mean: float | None
    rows: int
    verdict: Verdict


def compare(reference: Profile, served: Profile, threshold: float) -> list[Drift]:
    """Every feature that both have. One has drifted from `threshold` on, if chance alone does not explain it.

    Raises `DataError` where there is nothing to compare.
    """
    found = list(_compared(reference, served, threshold))
    if not found:
        raise DataError("there is nothing to compare: no feature has rows both in the reference and in what is served")
    return found


def _compared(reference: Profile, served: Profile, threshold: float) -> Iterator[Drift]:
    for name, one in reference.items():
        other = served.get(name)
        if other is None or not one.rows or not other.rows:
            continue
        if one.bins != other.bins:
            raise DataError(f"the reference counts {name} in other bins: {', '.join(one.bins)}")
        psi, chance = population_stability_index(one.counts, other.counts), by_chance(one, other)
        ks, p_value = _kolmogorov_smirnov(one, other)
        yield Drift(
            feature=name,
            psi=psi,
            chance=chance,
            ks=ks,
            p_value=p_value,
            reference_mean=one.mean,
            mean=other.mean,
            rows=other.rows,
            verdict="steady" if psi < threshold else "drifted" if psi > chance else "too few",
        )


def population_stability_index(expected: np.ndarray, actual: np.ndarray) -> float:
    """The sum over the bins of (a - e) ln(a / e), where e and a are the shares of two counts (bins,).

    It is Kullback and Leibler's divergence, both ways. By custom 0.1 is worth a look, and 0.2 a change.
    """
    shares = [(counts + SMOOTHING) / (counts.sum() + SMOOTHING * len(counts)) for counts in (expected, actual)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def by_chance(one: Feature, other: Feature) -> float:
    """The index that two samples of one distribution exceed once in a hundred.

    It is spread as (1/n + 1/m) times chi-squared with one degree of freedom less than bins that are used (Yurdakul,
    2018, https://scholarworks.wmich.edu/dissertations/3208), whose quantile is Wilson and Hilferty's.
    """
    degrees = max(int(((one.counts + other.counts) > 0).sum()) - 1, 1)
    quantile = degrees * (1 - 2 / (9 * degrees) + Z * (2 / (9 * degrees)) ** 0.5) ** 3
    return float((1 / one.rows + 1 / other.rows) * quantile)


def _kolmogorov_smirnov(one: Feature, other: Feature) -> tuple[float | None, float | None]:
    if one.total is None:
        return None, None
    try:
        from scipy.stats import ks_2samp
    except ImportError:  # a serving installation
        return None, None
    values = [np.repeat(np.arange(len(feature.counts)), feature.counts) for feature in (one, other)]
    found = ks_2samp(*values, method="asymp")
    return float(found.statistic), float(found.pvalue)
