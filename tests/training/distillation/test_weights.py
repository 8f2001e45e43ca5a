"""Weights convert to DistilBERT's names and back, and are averaged."""

import jax
import numpy as np

from emoji_api.tasks import Task
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.weights import (
    POSITION_EMBEDDINGS,
    Arrays,
    add_fresh_heads,
    add_heads_from,
    average_members,
    encoder_weights,
    stack_members,
    to_arrays,
)
from tests.tiny import LAYERS


def test_conversion_to_arrays_and_back_changes_nothing(weights: Weights, tasks: list[Task], arrays: Arrays) -> None:
    converted = to_arrays(weights, tasks, arrays[POSITION_EMBEDDINGS])
    assert {name: values.shape for name, values in converted.items()} == {
        name: values.shape for name, values in arrays.items()
    }
    for encoder, expected in zip(
        jax.tree.leaves(encoder_weights(converted, LAYERS)),
        jax.tree.leaves(encoder_weights(arrays, LAYERS)),
        strict=True,
    ):
        np.testing.assert_array_equal(encoder, expected)
    back = add_heads_from(converted, encoder_weights(converted, LAYERS), tasks)
    for name, values in to_arrays(back, tasks, arrays[POSITION_EMBEDDINGS]).items():
        np.testing.assert_array_equal(values, converted[name], err_msg=name)


def test_missing_heads_are_fresh(weights: Weights, tasks: list[Task], arrays: Arrays) -> None:
    converted = to_arrays(weights, tasks, arrays[POSITION_EMBEDDINGS])
    partial = {name: values for name, values in converted.items() if not name.startswith(("hate.", "phrase."))}
    completed = add_heads_from(partial, encoder_weights(partial, LAYERS), tasks)
    back = to_arrays(completed, tasks, arrays[POSITION_EMBEDDINGS])
    changed = {name for name, values in back.items() if not np.array_equal(values, converted[name])}
    assert changed == {"hate.pre_classifier.weight", "hate.classifier.weight", "phrase.classifier.weight"}


def test_members_are_averaged_weight_by_weight(encoder: Weights, tasks: list[Task]) -> None:
    first, second = (add_fresh_heads(encoder, tasks, seed) for seed in (1, 2))
    average = average_members(stack_members([first, second]))
    expected = (first["span_classifier"]["kernel"] + second["span_classifier"]["kernel"]) / 2
    np.testing.assert_allclose(average["span_classifier"]["kernel"], expected, atol=1e-7)
    np.testing.assert_allclose(average["word_embeddings"], encoder["word_embeddings"], atol=1e-7)
