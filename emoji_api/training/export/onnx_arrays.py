"""Reads a network's arrays back from its int8 ONNX file: a training can go on from a bundle without its SavedModel."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.export.onnx_graph import SHIFTED, head_arrays, shift_of_outer


def read_onnx_arrays(
    path: Path, tasks: Sequence[Task], temperatures: Mapping[str, Temperature]
) -> dict[str, np.ndarray]:
    """The arrays that `onnx_graph.build_onnx` wrote into the file at `path`, float32, by the names that it takes.

    What int8 rounded away is lost: an array is off by less than a step of its channel on average. `tasks` and
    `temperatures` are those that it was written with.
    """
    stored = {array.name: numpy_helper.to_array(array) for array in onnx.load(path).graph.initializer}
    for name in [name for name in stored if name.endswith(SHIFTED)]:
        kernel = name.removesuffix(f".bias{SHIFTED}") + ".weight"
        shift = shift_of_outer(stored[f"{kernel}.int8"], stored[f"{kernel}.scale"][None])
        stored[name.removesuffix(SHIFTED)] = stored.pop(name) - shift
    for name in [name for name in stored if name.endswith(".int8")]:
        whole = name.removesuffix(".int8")
        stored[whole] = stored.pop(name) * stored.pop(f"{whole}.scale")
    arrays: dict[str, np.ndarray] = {}
    dim = len(stored["embeddings.LayerNorm.weight"])
    labelled = [task.name for task in tasks if task.kind == "classification"]
    for name, values in stored.items():
        if joined := re.fullmatch(r"(.+attention)\.(q|k|v|kv|qkv)", name):
            part, letters = joined.groups()
            arrays |= _parts(f"{part}.{{}}_lin.weight", letters, values, dim)
        elif name.endswith("attention.bias"):
            part = name.removesuffix(".bias")
            arrays |= _parts(f"{part}.{{}}_lin.bias", "qkv", values, dim)
        elif name.startswith("pre_classifiers."):
            kind = name.removeprefix("pre_classifiers.")
            arrays |= _parts(f"{{}}.pre_classifier.{kind}", labelled, values, dim)
        else:
            arrays[name] = values
    for task in tasks:
        for name in head_arrays(task):
            arrays[name] = arrays[name] * np.float32(temperatures[task.name].value)
    return {name: values for name, values in arrays.items() if "." in name}


def _parts(name: str, of: Sequence[str], values: np.ndarray, dim: int) -> dict[str, np.ndarray]:
    """What was joined along the last axis, by the name that each part has."""
    parts = np.split(values, values.shape[-1] // dim, axis=-1)
    return {name.format(each): part for each, part in zip(of, parts, strict=True)}
