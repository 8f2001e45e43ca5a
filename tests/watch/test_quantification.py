"""The adjusted count."""

import numpy as np
import pytest

from emoji_api.watch.quantification import adjusted_intervals, adjusted_shares

CONFUSION = np.array([[265, 37, 10], [167, 567, 135], [46, 131, 642]])
ERROR_RATES = CONFUSION / CONFUSION.sum(axis=1, keepdims=True)
TRUTHS = [(0.1, 0.3, 0.6), (0.7, 0.2, 0.1), (0.02, 0.08, 0.9)]


def test_no_share_of_nothing():
    with pytest.raises(ValueError):
        adjusted_shares(np.zeros(3), CONFUSION)


@pytest.mark.parametrize("truth", TRUTHS)
def test_adjusted_shares_are_the_truth_if_the_counts_are_as_expected(truth):
    counts = 10_000 * np.array(truth) @ ERROR_RATES
    assert adjusted_shares(counts, CONFUSION * 1_000) == pytest.approx(truth, abs=2e-3)


@pytest.mark.parametrize("counts", [(10, 0, 0), (0, 10, 0), (0, 0, 10), (1, 0, 0), (5, 0, 5)])
def test_adjusted_shares_and_intervals_stay_on_the_simplex(counts):
    """The linear system of the adjusted count has negative solutions for these counts."""
    assert np.linalg.solve(ERROR_RATES.T, np.array(counts) / sum(counts)).min() < 0
    shares, intervals = adjusted_shares(np.array(counts), CONFUSION), adjusted_intervals(np.array(counts), CONFUSION)
    assert shares.sum() == pytest.approx(1) and shares.min() >= 0
    assert ((intervals >= 0) & (intervals <= 1)).all() and (intervals[:, 0] <= intervals[:, 1]).all()


@pytest.mark.parametrize("confusion", [np.full((3, 3), 100), np.zeros((3, 3)), np.diag([100, 0, 0])])
def test_classifiers_without_information_or_labelled_rows_leave_wide_intervals(confusion):
    assert adjusted_shares(np.array([50, 30, 20]), confusion).sum() == pytest.approx(1)
    widths = np.ptp(adjusted_intervals(np.array([50, 30, 20]), confusion), axis=1)
    assert widths.max() > 0.5


@pytest.mark.parametrize("truth", TRUTHS)
def test_adjusted_shares_are_nearer_to_the_truth_than_raw_ones(truth):
    raw, adjusted = [], []
    for counts, confusion in simulated(truth, posts=500, days=100):
        raw.append(np.abs(counts / counts.sum() - truth).mean())
        adjusted.append(np.abs(adjusted_shares(counts, confusion) - truth).mean())
    assert np.mean(adjusted) < 0.8 * np.mean(raw)


@pytest.mark.parametrize("posts", [20, 500])
@pytest.mark.parametrize("truth", TRUTHS)
def test_adjusted_intervals_cover_the_truth_as_often_as_they_promise(truth, posts):
    covered = [
        (intervals[:, 0] <= truth) & (truth <= intervals[:, 1])
        for counts, confusion in simulated(truth, posts=posts, days=200)
        for intervals in [adjusted_intervals(counts, confusion)]
    ]
    assert 0.91 <= np.mean(covered) <= 0.99


def test_intervals_of_more_posts_are_narrower():
    few, many = (np.ptp(adjusted_intervals(np.array([3, 4, 3]) * factor, CONFUSION), axis=1) for factor in (1, 100))
    assert (many < few / 2).all()


def simulated(truth, *, posts, days):
    """Yield the counts of predicted labels of each day, and a confusion matrix from as many labelled rows as ours."""
    rng = np.random.default_rng(7)
    for _ in range(days):
        confusion = np.stack([rng.multinomial(row.sum(), row / row.sum()) for row in CONFUSION])
        yield rng.multinomial(posts, np.array(truth) @ ERROR_RATES), confusion
