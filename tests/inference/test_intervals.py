"""95 % intervals from counts."""

import numpy as np
import pytest
from scipy.stats import binomtest

from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.intervals import bootstrap_intervals, wilson_interval


def test_wilson_intervals_are_those_that_scipy_computed_for_the_bundle():
    for splits in read_bundle(packaged_bundle(), verify=False).metrics.values():
        for metrics in splits.values():
            if "accuracy" in metrics:
                interval = wilson_interval(metrics["accuracy"] * metrics["rows"], metrics["rows"])
                assert interval == pytest.approx(metrics["accuracy_interval"], abs=2e-4)


@pytest.mark.parametrize(("successes", "total"), [(0, 1), (1, 1), (3, 10), (0, 500), (499, 500), (250, 500)])
def test_wilson_interval_is_that_of_scipy(successes, total):
    expected = binomtest(successes, total).proportion_ci(method="wilson")
    assert wilson_interval(successes, total) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_there_is_no_interval_of_a_share_of_nothing():
    with pytest.raises(ValueError):
        wilson_interval(0, 0)


@pytest.mark.parametrize(("share", "rows"), [(0, 1), (1, 1), (0, 10), (1, 10**9)])
def test_wilson_intervals_stay_between_0_and_1(share, rows):
    low, high = wilson_interval(share * rows, rows)
    assert 0 <= low <= high <= 1 and low - 1e-9 <= share <= high + 1e-9


def test_bootstrap_of_the_counts_is_that_of_the_rows():
    confusion = ((30, 5, 2), (4, 50, 9), (1, 3, 20))
    pairs = np.array([(i, j) for i, row in enumerate(confusion) for j, count in enumerate(row) for _ in range(count)])
    rng = np.random.default_rng(1)
    recalls = []
    for _ in range(1_000):
        actual, predicted = pairs[rng.integers(len(pairs), size=len(pairs))].T
        recalls.append(np.mean([(predicted[actual == label] == label).mean() for label in range(3)]))
    expected = np.percentile(recalls, [2.5, 97.5])
    assert bootstrap_intervals(confusion)["macro_recall"] == pytest.approx(expected, abs=0.01)


def test_bootstrap_is_repeatable_and_needs_rows():
    confusion = ((3, 1), (0, 4))
    first = bootstrap_intervals(confusion)
    bootstrap_intervals.cache_clear()
    assert bootstrap_intervals(confusion) == first
    assert bootstrap_intervals(((0, 0), (0, 0))) == {}
