"""Copies of a bundle with one change: real networks for the promotion gate to compare."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from emoji_api.inference.bundle import ONNX, file_entry
from tests.versions import write_version


def altered(bundle: Path, folder: Path, version: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy `bundle` into a folder named `version`, apply `change` to its `bundle.json`, and return the copy."""
    copy = write_version(bundle, folder, version)
    manifest = json.loads((copy / "bundle.json").read_text())
    change(manifest)
    (copy / "bundle.json").write_text(json.dumps(manifest))
    return copy


def with_shuffled_labels(bundle: Path, folder: Path, version: str, task: str = "emotion") -> Path:
    """Copy `bundle` with the probabilities of `task` shifted by one label, so that it is always wrong."""
    path = folder / version / ONNX

    def change(manifest: dict[str, Any]) -> None:
        model = onnx.load(path)
        for node in model.graph.node:
            node.output[:] = [f"{name}_original" if name == task else name for name in node.output]
        labels = len(manifest["tasks"][task]["labels"])
        model.graph.initializer.append(numpy_helper.from_array(np.roll(np.arange(labels), 1), "next_label"))
        model.graph.node.append(helper.make_node("Gather", [f"{task}_original", "next_label"], [task], axis=1))
        onnx.save(model, path)
        manifest["files"][ONNX] = file_entry(path)

    return altered(bundle, folder, version, change)
