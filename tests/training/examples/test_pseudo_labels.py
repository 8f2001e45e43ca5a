"""Emotion pseudo-labels: distributions that follow the class prior."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.examples.pseudo_labels import aligned_pseudo_labels, neutral_pseudo_labels

NEGATIVE = {"anger": 0.7, "sadness": 0.2, "fear": 0.1}


def places(*labels: str) -> list[int]:
    return [EMOTION.labels.index(label) for label in labels]


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    """Scores of a network that favours joy and sadness; rows have different scales."""
    rng = np.random.default_rng(0)
    return rng.dirichlet([3, 4, 1, 1, 1, 0.5], 2000).clip(1e-6) * rng.uniform(0.1, 9, (2000, 1))


def test_rows_sum_to_one(scores: np.ndarray) -> None:
    np.testing.assert_allclose(aligned_pseudo_labels(scores, NEGATIVE).sum(axis=1), 1)


def test_emotions_outside_the_prior_get_zero(scores: np.ndarray) -> None:
    targets = aligned_pseudo_labels(scores, NEGATIVE)
    assert not targets[:, places("joy", "love", "surprise")].any()
    assert (targets[:, places(*NEGATIVE)] > 0).all()


def test_mean_target_is_the_prior(scores: np.ndarray) -> None:
    mean = aligned_pseudo_labels(scores, NEGATIVE).mean(axis=0)
    assert mean[places(*NEGATIVE)].tolist() == pytest.approx(list(NEGATIVE.values()), abs=0.01)


def test_order_of_the_odds_is_kept(scores: np.ndarray) -> None:
    anger, sadness = places("anger", "sadness")
    before, targets = scores[:, anger] / scores[:, sadness], aligned_pseudo_labels(scores, NEGATIVE)
    after = targets[:, anger] / targets[:, sadness]
    assert np.array_equal(np.argsort(before), np.argsort(after))


def test_uniform_scores_give_the_prior() -> None:
    assert aligned_pseudo_labels(np.ones((3, 6)), NEGATIVE)[:, places(*NEGATIVE)].tolist() == pytest.approx(
        np.tile([0.7, 0.2, 0.1], (3, 1))
    )


def test_prior_is_normalised(scores: np.ndarray) -> None:
    twice = {label: 2 * share for label, share in NEGATIVE.items()}
    np.testing.assert_allclose(aligned_pseudo_labels(scores, twice), aligned_pseudo_labels(scores, NEGATIVE))


def test_scores_are_not_modified(scores: np.ndarray) -> None:
    before = scores.copy()
    aligned_pseudo_labels(scores, NEGATIVE)
    np.testing.assert_array_equal(scores, before)


def test_neutral_with_uniform_share_one_is_uniform() -> None:
    scores = np.array([[5.0, 1, 1, 1, 1, 1]])
    np.testing.assert_allclose(neutral_pseudo_labels(scores, np.array([False]), 1.0), np.full((1, 6), 1 / 6))


def test_neutral_mixes_in_the_scores_and_more_of_them_with_a_cue() -> None:
    scores = np.array([[5.0, 1, 1, 1, 1, 1]] * 2)
    targets = neutral_pseudo_labels(scores, np.array([False, True]), 0.8)
    np.testing.assert_allclose(targets.sum(axis=1), 1)
    assert targets[:, 0].tolist() == pytest.approx([0.8 / 6 + 0.2 * 0.5, 0.4 / 6 + 0.6 * 0.5])
