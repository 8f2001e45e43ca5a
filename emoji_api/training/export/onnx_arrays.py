"""The network's arrays read back from its int8 ONNX file, to continue training from a bundle without a SavedModel."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.onnx_graph import SHIFTED, classifier_arrays, gelu_shift


def read_onnx_arrays(
    path: Path, tasks: Sequence[Task], temperatures: Mapping[str, Temperature]
) -> dict[str, np.ndarray]:
    """Return the float32 arrays that `build_onnx` wrote into the file `path`, under the names that it takes.

    `tasks` and `temperatures` are those that the file was written with. Kernels and word embeddings keep their rounding
    to int8: an array is off by less than one step of its channel on average.
    """
    stored = {array.name: numpy_helper.to_array(array) for array in onnx.load(path).graph.initializer}
    arrays: dict[str, np.ndarray] = {}
    dim = len(stored["embeddings.LayerNorm.weight"])
    classifications = [task.name for task in tasks if task.kind == "classification"]
    for name, values in _dequantize(_unshift(stored)).items():
        if joined := re.fullmatch(r"(.+attention)\.(q|k|v|kv|qkv)", name):
            attention, letters = joined.groups()
            arrays |= _split(f"{attention}.{{}}_lin.weight", letters, values, dim)
        elif name.endswith("attention.bias"):
            attention = name.removesuffix(".bias")
            arrays |= _split(f"{attention}.{{}}_lin.bias", "qkv", values, dim)
        elif name.startswith("pre_classifiers."):
            kind = name.removeprefix("pre_classifiers.")
            arrays |= _split(f"{{}}.pre_classifier.{kind}", classifications, values, dim)
        else:
            arrays[name] = values
    for task in tasks:
        for name in classifier_arrays(task):
            arrays[name] = arrays[name] * np.float32(temperatures[task.name].value)
    return {name: values for name, values in arrays.items() if "." in name}  # without the graph's constants


def _unshift(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays with the original biases in place of the shifted ones."""
    arrays = dict(stored)
    for name in [name for name in stored if name.endswith(SHIFTED)]:
        kernel = name.removesuffix(f".bias{SHIFTED}") + ".weight"
        shift = gelu_shift(stored[f"{kernel}.int8"], stored[f"{kernel}.scale"][None])
        arrays[name.removesuffix(SHIFTED)] = arrays.pop(name) - shift
    return arrays


def _dequantize(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays with float32 products in place of int8 values and scales."""
    arrays = dict(stored)
    for name in [name for name in stored if name.endswith(".int8")]:
        float_name = name.removesuffix(".int8")
        arrays[float_name] = arrays.pop(name) * arrays.pop(f"{float_name}.scale")
    return arrays


def _split(template: str, parts: Sequence[str], values: np.ndarray, dim: int) -> dict[str, np.ndarray]:
    """Split `values` along the last axis into arrays of size `dim`; their names are `template` filled with `parts`."""
    arrays = np.split(values, values.shape[-1] // dim, axis=-1)
    return {template.format(part): array for part, array in zip(parts, arrays, strict=True)}
