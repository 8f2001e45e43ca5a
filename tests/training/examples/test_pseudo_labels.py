"""Guessed emotions are probabilities, within what is expected and as often as expected."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.examples.pseudo_labels import neutral_pseudo_labels, pseudo_label

NEGATIVE = {"anger": 0.7, "sadness": 0.2, "fear": 0.1}


def places(*labels: str) -> list[int]:
    return [EMOTION.labels.index(label) for label in labels]


@pytest.fixture(scope="module")
def evidence() -> np.ndarray:
    """Of a network that favours joy and sadness; rows of different scales."""
    rng = np.random.default_rng(0)
    return rng.dirichlet([3, 4, 1, 1, 1, 0.5], 2000).clip(1e-6) * rng.uniform(0.1, 9, (2000, 1))


def test_rows_sum_to_one(evidence: np.ndarray) -> None:
    np.testing.assert_allclose(pseudo_label(evidence, NEGATIVE).sum(axis=1), 1)


def test_only_expected_emotions(evidence: np.ndarray) -> None:
    targets = pseudo_label(evidence, NEGATIVE)
    assert not targets[:, places("joy", "love", "surprise")].any()
    assert (targets[:, places(*NEGATIVE)] > 0).all()


def test_the_mean_is_the_expected_share(evidence: np.ndarray) -> None:
    mean = pseudo_label(evidence, NEGATIVE).mean(axis=0)
    assert mean[places(*NEGATIVE)].tolist() == pytest.approx(list(NEGATIVE.values()), abs=0.01)


def test_more_evidence_is_a_larger_share(evidence: np.ndarray) -> None:
    anger, sadness = places("anger", "sadness")
    before, targets = evidence[:, anger] / evidence[:, sadness], pseudo_label(evidence, NEGATIVE)
    after = targets[:, anger] / targets[:, sadness]
    assert np.array_equal(np.argsort(before), np.argsort(after))


def test_without_evidence_the_expected_shares_are_all() -> None:
    assert pseudo_label(np.ones((3, 6)), NEGATIVE)[:, places(*NEGATIVE)].tolist() == pytest.approx(
        np.tile([0.7, 0.2, 0.1], (3, 1))
    )


def test_shares_need_not_sum_to_one(evidence: np.ndarray) -> None:
    twice = {label: 2 * share for label, share in NEGATIVE.items()}
    np.testing.assert_allclose(pseudo_label(evidence, twice), pseudo_label(evidence, NEGATIVE))


def test_the_evidence_is_left_as_it_is(evidence: np.ndarray) -> None:
    before = evidence.copy()
    pseudo_label(evidence, NEGATIVE)
    np.testing.assert_array_equal(evidence, before)


def test_neutral_is_an_even_spread() -> None:
    evidence = np.array([[5.0, 1, 1, 1, 1, 1]])
    np.testing.assert_allclose(neutral_pseudo_labels(evidence, np.array([False]), 1.0), np.full((1, 6), 1 / 6))


def test_neutral_keeps_some_of_the_evidence_and_more_with_a_cue() -> None:
    evidence = np.array([[5.0, 1, 1, 1, 1, 1]] * 2)
    targets = neutral_pseudo_labels(evidence, np.array([False, True]), 0.8)
    np.testing.assert_allclose(targets.sum(axis=1), 1)
    assert targets[:, 0].tolist() == pytest.approx([0.8 / 6 + 0.2 * 0.5, 0.4 / 6 + 0.6 * 0.5])
