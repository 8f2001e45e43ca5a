"""Weights are read from bundles by array name, and averaged."""

from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from emoji_api.tasks import EMOTION, TASKS
from emoji_api.training.export.weights import average_weights, named_arrays, read_saved_model_arrays


def test_saved_model_has_the_arrays_of_all_heads(tiny_bundle: Path) -> None:
    arrays = read_saved_model_arrays(tiny_bundle / "saved_model", list(TASKS.values()))
    heads = {name.split(".")[0] for name in arrays} - {"embeddings", "transformer"}
    assert heads == set(TASKS)
    assert arrays["phrase.classifier.weight"].shape == (32, 6)


def test_only_the_heads_of_the_given_tasks_are_returned(network: keras.Model) -> None:
    all_tasks, emotion_only = (named_arrays(network.weights, tasks) for tasks in (TASKS.values(), [EMOTION]))
    assert len(all_tasks) == len(network.weights)
    assert {name for name in emotion_only if not name.startswith(("embeddings.", "transformer."))} == {
        f"emotion.{layer}.{kind}" for layer in ("pre_classifier", "classifier") for kind in ("weight", "bias")
    }


def test_shared_arrays_are_averaged_and_others_kept() -> None:
    arrays, others = {"a": np.array([1.0]), "b": np.array([2.0])}, {"a": np.array([5.0]), "c": np.array([7.0])}
    averaged = average_weights(arrays, others, 0.25)
    assert averaged.keys() == {"a", "b"}
    assert averaged["a"] == pytest.approx(0.25 * 5 + 0.75 * 1)
    assert averaged["b"] == 2
    assert arrays["a"] == 1
