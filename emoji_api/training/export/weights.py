"""Weights of networks by array name: read from bundles, averaged, assigned.

The encoder's arrays have DistilBERT's names, a head's are `{task}.pre_classifier.weight` and so on. Kernels are
TensorFlow's, (in, out).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from emoji_api.inference.bundle import ONNX, SAVED_MODEL, Bundle, read_bundle
from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.onnx_arrays import read_onnx_arrays
from emoji_api.training.network.checkpoints import array_name


def named_arrays(variables: Iterable[Any], tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """Return the values of TensorFlow variables by array name: the encoder's, and those of the heads of `tasks`."""
    arrays = {array_name(variable.name): variable.numpy() for variable in variables}
    heads = tuple(f"{task.name}." for task in tasks)
    return {name: values for name, values in arrays.items() if name.startswith(("embeddings.", "transformer.", *heads))}


def read_saved_model_arrays(saved_model: Path, tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """Return the arrays of a SavedModel's encoder and of its heads of `tasks`."""
    loaded = tf.saved_model.load(str(saved_model))  # a variable of its own keeps the TensorFlow variables alive
    return named_arrays(loaded.signatures["serving_default"].variables, tasks)


def read_weights(model: Path) -> tuple[Bundle, dict[str, np.ndarray]]:
    """Return the verified bundle in the folder `model` and the arrays of its network.

    They come from the SavedModel, or, if the bundle has none, from the int8 file, where kernels are rounded. Raises
    BundleError.
    """
    bundle = read_bundle(model, verify=False)
    tasks = list(bundle.tasks.values())
    has_saved_model = (bundle.path / SAVED_MODEL).exists()
    bundle.verify(saved_model=has_saved_model)
    if has_saved_model:
        return bundle, read_saved_model_arrays(bundle.path / SAVED_MODEL, tasks)
    temperatures = {name: Temperature.from_entry(entry) for name, entry in bundle.manifest["tasks"].items()}
    return bundle, read_onnx_arrays(bundle.file(ONNX), tasks, temperatures)


def average_weights(
    arrays: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray], other_weight: float
) -> dict[str, np.ndarray]:
    """Return `arrays`, averaged with the arrays of the same name in `others`, which have the weight `other_weight`.

    Arrays that are missing from `others` are returned unchanged.
    """
    shared = arrays.keys() & others.keys()
    return {**arrays} | {name: other_weight * others[name] + (1 - other_weight) * arrays[name] for name in shared}


def assign_weights(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Assign the array of its name to each variable of `network`; variables without an array stay as they are."""
    for variable in network.weights:
        if array_name(variable.name) in arrays:
            variable.assign(arrays[array_name(variable.name)])
