"""Population stability index, its critical value, Kolmogorov-Smirnov test and verdicts."""

import numpy as np
import pytest

from emoji_api.drift.compare import compare, population_stability_index, psi_critical_value
from emoji_api.drift.profile import Feature, measure, numeric_feature
from emoji_api.errors import DataError


def feature(*counts):
    return Feature(bins=tuple(map(str, range(len(counts)))), counts=np.array(counts))


def test_index_equals_its_formula():
    # shares 0.5, 0.5 and 0.25, 0.75; with so many rows smoothing hardly matters
    expected = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    index = population_stability_index(np.array([500_000, 500_000]), np.array([250_000, 750_000]))
    assert index == pytest.approx(expected, abs=1e-4)


def test_index_is_symmetric_and_0_for_equal_counts():
    first, second = np.array([10, 20, 70]), np.array([30, 30, 40])
    assert population_stability_index(first, second) == pytest.approx(population_stability_index(second, first))
    assert population_stability_index(first, first) == 0


def test_empty_bin_gives_a_finite_index():
    assert 0.5 < population_stability_index(np.array([100, 100]), np.array([200, 0])) < 10


def test_critical_value_is_exceeded_by_1_percent_of_equal_distributions():
    rng, shares = np.random.default_rng(0), [0.1, 0.2, 0.3, 0.2, 0.2]
    pairs = [(rng.multinomial(400, shares), rng.multinomial(300, shares)) for _ in range(5000)]
    exceeds = [
        population_stability_index(*pair) > psi_critical_value(*(feature(*counts) for counts in pair)) for pair in pairs
    ]
    assert 0.005 < np.mean(exceeds) < 0.016


@pytest.mark.parametrize(
    ("reference", "current", "verdict"),
    [
        ((500, 500), (480, 520), "steady"),
        ((500, 500), (100, 900), "drifted"),
        ((500, 500), (1, 4), "too few"),
    ],
)
def test_verdict_depends_on_the_counts(reference, current, verdict):
    (drift,) = compare({"emotion/label": feature(*reference)}, {"emotion/label": feature(*current)}, 0.2)
    assert (drift.verdict, drift.rows) == (verdict, sum(current))


def test_verdict_depends_on_the_threshold():
    profiles = {"emotion/label": feature(500, 500)}, {"emotion/label": feature(400, 600)}
    assert [compare(*profiles, threshold)[0].verdict for threshold in (0.01, 0.5)] == ["drifted", "steady"]


def test_numeric_features_have_means_and_a_kolmogorov_smirnov_test():
    reference = {"tokens": numeric_feature([1.0] * 50 + [2.0] * 50, [1, 2])}
    current = {"tokens": numeric_feature([1.0] * 25 + [2.0] * 75, [1, 2])}
    (drift,) = compare(reference, current, 0.2)
    assert (drift.reference_mean, drift.mean) == (1.5, 1.75)
    assert drift.ks == pytest.approx(0.25)
    assert 0 < drift.p_value < 0.01


def test_labels_have_no_mean_and_no_kolmogorov_smirnov_test():
    (drift,) = compare({"emotion/label": feature(5, 5)}, {"emotion/label": feature(5, 5)}, 0.2)
    assert (drift.ks, drift.p_value, drift.mean) == (None, None, None)


def test_features_of_one_profile_only_are_left_out():
    shared = {"emotion/label": feature(5, 5)}
    assert len(compare(shared | {"hate/label": feature(1, 1)}, shared | {"tokens": feature(2)}, 0.2)) == 1


@pytest.mark.parametrize("current", [{}, {"emotion/label": feature(0, 0)}])
def test_profiles_without_common_features_are_an_error(current):
    with pytest.raises(DataError, match="nothing to compare"):
        compare({"emotion/label": feature(5, 5)}, current, 0.2)


def test_different_bins_are_an_error():
    with pytest.raises(DataError, match="other bins"):
        compare({"emotion/label": feature(5, 5)}, {"emotion/label": feature(5, 5, 5)}, 0.2)


def test_similar_texts_are_steady_and_different_texts_drifted(classifier, texts_of):
    reference = measure(classifier, texts_of(300))

    def verdicts(texts):
        return {drift.feature: drift.verdict for drift in compare(reference, measure(classifier, texts), 0.2)}

    assert set(verdicts(texts_of(300, seed=1)).values()) == {"steady"}
    sad = verdicts(texts_of(300, "sadness"))
    assert (sad["emotion/label"], sad["unknown_tokens"]) == ("drifted", "steady")
