"""The rule for tweets without an emotion separates them from the others."""

import numpy as np
import pytest

from emoji_api.training.calibration.no_emotion import as_entry, fit_no_emotion

ROWS = 400


@pytest.fixture
def probabilities() -> np.ndarray:
    """The probabilities of six emotions: a quarter near uniform, the others mostly not."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.dirichlet(np.full(6, 20), ROWS // 4), rng.dirichlet(np.full(6, 0.4), 3 * ROWS // 4)])


@pytest.fixture
def without_emotion() -> np.ndarray:
    return np.arange(ROWS) < ROWS // 4


def test_rule_separates_the_tweets(probabilities: np.ndarray, without_emotion: np.ndarray) -> None:
    rule = fit_no_emotion(probabilities, without_emotion, None)
    found = rule.probability(probabilities) >= rule.threshold
    assert (found == without_emotion).mean() > 0.95
    assert rule.slope < 0


def test_probability_is_calibrated(probabilities: np.ndarray, without_emotion: np.ndarray) -> None:
    rule = fit_no_emotion(probabilities, without_emotion, None)
    assert rule.probability(probabilities).mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_false_positive_rate_is_not_exceeded(
    probabilities: np.ndarray, without_emotion: np.ndarray, rate: float
) -> None:
    rule = fit_no_emotion(probabilities, without_emotion, rate)
    found = rule.probability(probabilities) >= rule.threshold
    assert found[~without_emotion].mean() <= rate


def test_perfectly_separable_tweets_give_a_finite_rule() -> None:
    probabilities = np.array([[1 / 6] * 6] * 20 + [[0.99, *[0.002] * 5]] * 20)
    entry = as_entry(fit_no_emotion(probabilities, np.arange(40) < 20, None))
    assert all(abs(value) < 1000 for value in entry.values())
