"""Decision rules: argmax, threshold, and argmax of weighted differences."""

import numpy as np
import pytest

from emoji_api.inference.decision_rule import DecisionRule

PROBABILITIES = np.array([[0.6, 0.3, 0.1], [0.4, 0.2, 0.4], [0.9, 0.1, 0.0]])


def test_default_rule_is_argmax() -> None:
    assert DecisionRule()(PROBABILITIES).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("threshold", "labels"), [(0.1, [1, 1, 1]), (0.3, [1, 0, 0]), (0.31, [0, 0, 0])])
def test_second_label_is_chosen_from_the_threshold_on(threshold: float, labels: list[int]) -> None:
    assert DecisionRule(threshold=threshold)(PROBABILITIES).tolist() == labels


def test_label_with_the_largest_weighted_difference_from_its_floor_is_chosen() -> None:
    rule = DecisionRule(floors=(0.3, 0.2, 0.1), weights=(1, 2, 1.5))
    assert rule(PROBABILITIES).tolist() == [0, 2, 0]
    assert rule(PROBABILITIES[1]) == 2  # a single text


def test_closest_label_wins_if_all_are_below_their_floor() -> None:
    assert DecisionRule(floors=(0.9, 0.5, 0.2), weights=(1, 1, 1))(PROBABILITIES[0]) == 2
