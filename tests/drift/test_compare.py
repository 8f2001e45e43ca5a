"""How far two profiles are from each other."""

import numpy as np
import pytest

from emoji_api.drift.compare import by_chance, compare, population_stability_index
from emoji_api.drift.profile import Feature, measure, numeric
from emoji_api.errors import DataError


def feature(*counts):
    return Feature(bins=tuple(map(str, range(len(counts)))), counts=np.array(counts))


def test_index_by_hand():
    # shares 0.5, 0.5 and 0.25, 0.75, but for what is added to each of many rows
    expected = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    index = population_stability_index(np.array([500_000, 500_000]), np.array([250_000, 750_000]))
    assert index == pytest.approx(expected, abs=1e-4)


def test_index_is_the_same_both_ways_and_nothing_of_the_same():
    one, other = np.array([10, 20, 70]), np.array([30, 30, 40])
    assert population_stability_index(one, other) == pytest.approx(population_stability_index(other, one))
    assert population_stability_index(one, one) == 0


def test_an_empty_bin_is_far_but_not_infinitely():
    assert 0.5 < population_stability_index(np.array([100, 100]), np.array([200, 0])) < 10


def test_chance_exceeds_its_bound_once_in_a_hundred():
    rng, shares = np.random.default_rng(0), [0.1, 0.2, 0.3, 0.2, 0.2]
    pairs = [(rng.multinomial(400, shares), rng.multinomial(300, shares)) for _ in range(5000)]
    beyond = [population_stability_index(*pair) > by_chance(*(feature(*counts) for counts in pair)) for pair in pairs]
    assert 0.005 < np.mean(beyond) < 0.016


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ((500, 500), (480, 520), "steady"),
        ((500, 500), (100, 900), "drifted"),
        ((500, 500), (1, 4), "too few"),
    ],
)
def test_verdicts(one, other, verdict):
    (found,) = compare({"emotion/label": feature(*one)}, {"emotion/label": feature(*other)}, 0.2)
    assert (found.verdict, found.rows) == (verdict, sum(other))


def test_the_threshold_is_the_callers():
    profiles = {"emotion/label": feature(500, 500)}, {"emotion/label": feature(400, 600)}
    assert [compare(*profiles, threshold)[0].verdict for threshold in (0.01, 0.5)] == ["drifted", "steady"]


def test_numbers_have_means_and_kolmogorov_smirnov():
    one, other = numeric([1.0] * 50 + [2.0] * 50, [1, 2]), numeric([1.0] * 25 + [2.0] * 75, [1, 2])
    (found,) = compare({"tokens": one}, {"tokens": other}, 0.2)
    assert (found.reference_mean, found.mean) == (1.5, 1.75)
    assert found.ks == pytest.approx(0.25)
    assert 0 < found.p_value < 0.01


def test_labels_have_no_order_to_compare():
    (found,) = compare({"emotion/label": feature(5, 5)}, {"emotion/label": feature(5, 5)}, 0.2)
    assert (found.ks, found.p_value, found.mean) == (None, None, None)


def test_features_that_one_lacks_are_left_out():
    both = {"emotion/label": feature(5, 5)}
    assert len(compare(both | {"hate/label": feature(1, 1)}, both | {"tokens": feature(2)}, 0.2)) == 1


@pytest.mark.parametrize("served", [{}, {"emotion/label": feature(0, 0)}])
def test_nothing_to_compare(served):
    with pytest.raises(DataError, match="nothing to compare"):
        compare({"emotion/label": feature(5, 5)}, served, 0.2)


def test_other_bins_are_not_compared():
    with pytest.raises(DataError, match="other bins"):
        compare({"emotion/label": feature(5, 5)}, {"emotion/label": feature(5, 5, 5)}, 0.2)


def test_like_texts_are_steady_and_others_have_drifted(classifier, texts_of):
    usual = measure(classifier, texts_of(300))
    assert {one.verdict for one in compare(usual, measure(classifier, texts_of(300, seed=1)), 0.2)} == {"steady"}
    sad = {one.feature: one.verdict for one in compare(usual, measure(classifier, texts_of(300, "sadness")), 0.2)}
    assert sad["emotion/label"] == "drifted"
    assert sad["unknown_tokens"] == "steady"
