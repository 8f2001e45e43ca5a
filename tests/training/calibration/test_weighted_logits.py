"""Rows are weighted by label, by source and for uniform targets."""

import numpy as np
import pytest

from emoji_api.training.calibration.bias import fit_bias_corrected_temperature
from emoji_api.training.calibration.weighted_logits import (
    WeightedLogits,
    class_balance_weights,
    concatenate_weighted,
    uniform_targets,
)
from emoji_api.training.network.forward import softmax

CONFIDENT = WeightedLogits(np.eye(6)[np.arange(600) % 6] * 9, np.arange(600) % 6, np.ones(600))


@pytest.fixture
def uniform() -> WeightedLogits:
    return uniform_targets(np.random.default_rng(0).normal(0, 3, (50, 6)))


def test_class_balance_raises_labels_below_an_even_share() -> None:
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
    weights = class_balance_weights(labels, 1.0, 3)
    assert weights[:6].tolist() == [1] * 6
    assert weights[6:].sum() == pytest.approx(2 * 10 / 3)
    assert class_balance_weights(labels, 0.0, 3).tolist() == [1] * 10


def test_ratio_relates_the_total_weights(uniform: WeightedLogits) -> None:
    both = concatenate_weighted(CONFIDENT, uniform, 0.1)
    assert len(both.logits) == len(both.labels) == len(both.weights) == 600 + len(uniform.labels)
    assert both.weights[:600].sum() == pytest.approx(600)
    assert both.weights[600:].sum() == pytest.approx(60)


def test_uniform_targets_weigh_one_per_row(uniform: WeightedLogits) -> None:
    assert uniform.weights.sum() == pytest.approx(50)


def test_fit_to_uniform_targets_gives_even_probabilities(uniform: WeightedLogits) -> None:
    assert softmax(uniform.logits / fit_bias_corrected_temperature(*uniform)[0]).max() < 0.6


def test_uniform_targets_raise_the_temperature(uniform: WeightedLogits) -> None:
    temperatures = [
        fit_bias_corrected_temperature(*concatenate_weighted(CONFIDENT, uniform, ratio))[0] for ratio in (0.01, 0.1, 1)
    ]
    assert temperatures == sorted(temperatures)
    assert temperatures[2] > 1.2 * temperatures[0]
