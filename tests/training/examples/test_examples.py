"""Examples: targets and weights by task, and their combination."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT
from emoji_api.training.examples.examples import add_spans, add_target, class_weights, concatenate, labelled_examples


def test_label_is_a_one_hot_target() -> None:
    examples = labelled_examples(["so glad", "so sad"], EMOTION, [1, 0])
    assert examples.targets["emotion"].tolist() == [[0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert examples.weights["emotion"].tolist() == [1, 1]


def test_weights_are_by_label() -> None:
    examples = labelled_examples(["so glad", "so sad"], EMOTION, [1, 0], {"joy": 0.5})
    assert examples.weights["emotion"].tolist() == [0.5, 1]


def test_label_smoothing_moves_its_share_to_all_labels() -> None:
    (target,) = labelled_examples(["so glad"], SENTIMENT, [2], smoothing=0.3).targets["sentiment"]
    assert target.tolist() == pytest.approx([0.1, 0.1, 0.8])


def test_take_selects_rows_in_the_given_order() -> None:
    taken = labelled_examples(["a", "b", "c"], EMOTION, [0, 1, 2]).take(np.array([2, 0, 2]))
    assert taken.texts == ["c", "a", "c"]
    assert taken.targets["emotion"].argmax(axis=1).tolist() == [2, 0, 2]
    assert len(taken) == len(taken.weights["emotion"]) == 3


def test_target_of_another_task_is_added() -> None:
    examples = add_target(labelled_examples(["a"], SENTIMENT, [2]), EMOTION, np.full((1, 6), 1 / 6), np.array([0.5]))
    assert examples.weights == {"sentiment": [1], "emotion": [0.5]}
    assert examples.targets["emotion"].dtype == np.float32


def test_spans_are_targets_with_their_label() -> None:
    examples = add_spans(labelled_examples(["so sad", "glad"], SENTIMENT, [0, 2]), PHRASE, [(3, 6), (0, 4)], [0, 2])
    assert examples.targets["phrase"].tolist() == [[3, 6, 0], [0, 4, 2]]
    assert examples.weights["phrase"].tolist() == [1, 1]
    assert examples.targets["sentiment"].argmax(axis=1).tolist() == [0, 2]


def test_empty_spans_have_targets_of_three_columns() -> None:
    assert add_spans(labelled_examples([], SENTIMENT, []), PHRASE, [], []).targets["phrase"].shape == (0, 3)


def test_concatenated_texts_without_a_span_have_weight_zero() -> None:
    spans = add_spans(labelled_examples(["so sad"], SENTIMENT, [0]), PHRASE, [(3, 6)], [0])
    together = concatenate([labelled_examples(["a"], EMOTION, [0]), spans], [SENTIMENT, PHRASE])
    assert together.targets.keys() == {"sentiment", "phrase"}
    assert together.targets["phrase"].tolist() == [[0, 0, 0], [3, 6, 0]]
    assert together.weights["phrase"].tolist() == [0, 1]


def test_concatenated_texts_without_a_task_have_weight_zero() -> None:
    parts = [labelled_examples(["a", "b"], EMOTION, [0, 1]), labelled_examples(["c"], SENTIMENT, [2])]
    together = concatenate(parts, [EMOTION, SENTIMENT])
    assert together.texts == ["a", "b", "c"]
    assert together.weights["emotion"].tolist() == [1, 1, 0]
    assert together.weights["sentiment"].tolist() == [0, 0, 1]
    assert all(np.allclose(target.sum(axis=1), 1) for target in together.targets.values())


def test_empty_part_is_concatenated() -> None:
    together = concatenate(
        [labelled_examples(["a"], EMOTION, [0]), labelled_examples([], SENTIMENT, [])], [EMOTION, SENTIMENT]
    )
    assert together.texts == ["a"]
    assert together.targets["sentiment"].shape == (1, 3)


@pytest.mark.parametrize(("power", "expected"), [(0, [1, 1]), (1, [2 / 3, 2]), (0.5, [0.8453, 1.4641])])
def test_class_weights_grow_with_rarity_and_average_to_one(power: float, expected: list[float]) -> None:
    labels = [0, 0, 0, 1]
    weights = class_weights(EMOTION, labels, power)
    assert [weights["sadness"], weights["joy"]] == pytest.approx(expected, rel=0.02)
    assert np.mean([list(weights.values())[label] for label in labels]) == pytest.approx(1)


def test_class_weights_without_rows_are_finite() -> None:
    assert np.isfinite(list(class_weights(EMOTION, [], 0.5).values())).all()
