"""Which label is given."""

import numpy as np
import pytest

from emoji_api.inference.decision_rule import DecisionRule

PROBABILITIES = np.array([[0.6, 0.3, 0.1], [0.4, 0.2, 0.4], [0.9, 0.1, 0.0]])


def test_the_likeliest_unless_told_otherwise() -> None:
    assert DecisionRule()(PROBABILITIES).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("threshold", "labels"), [(0.1, [1, 1, 1]), (0.3, [1, 0, 0]), (0.31, [0, 0, 0])])
def test_the_second_label_from_a_threshold_on(threshold: float, labels: list[int]) -> None:
    assert DecisionRule(threshold=threshold)(PROBABILITIES).tolist() == labels


def test_the_largest_weighted_distance_to_the_floor() -> None:
    decision = DecisionRule(floors=(0.3, 0.2, 0.1), weights=(1, 2, 1.5))
    assert decision(PROBABILITIES).tolist() == [0, 2, 0]
    assert decision(PROBABILITIES[1]) == 2  # of a text alone


def test_where_nothing_reaches_its_floor_the_nearest_is_given() -> None:
    assert DecisionRule(floors=(0.9, 0.5, 0.2), weights=(1, 1, 1))(PROBABILITIES[0]) == 2
