"""The interface of an engine, and checks of a network's inputs and outputs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from emoji_api.errors import BundleError
from emoji_api.tasks import Task

INPUTS = ("input_ids", "attention_mask")

Shape = tuple[int | None, ...]
"""The shape of an output; `None` for an axis whose size depends on the input."""


class Engine(Protocol):
    """A loaded network. Thread-safe."""

    @property
    def output_shapes(self) -> Mapping[str, Shape]:
        """Shapes of the network's outputs, by name."""

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """Return the named `outputs`, float32, for int32 inputs of shape (batch, length)."""


def check_inputs(path: Path, inputs: Mapping[str, str]) -> None:
    """Raise `BundleError` unless `inputs`, the data types by input name, are those of the network signature."""
    if dict(inputs) != dict.fromkeys(INPUTS, "int32"):
        description = ", ".join(f"{name} ({kind})" for name, kind in sorted(inputs.items())) or "none"
        raise BundleError(path, f"takes {description} instead of input_ids and attention_mask (int32)")


def check_outputs(path: Path, tasks: Iterable[Task], shapes: Mapping[str, Shape]) -> None:
    """Raise `BundleError` unless the network has the outputs of each task, with one value per label."""
    for task in tasks:
        for name in task.outputs:
            if name not in shapes:
                raise BundleError(path, f"has no output {name!r} for the task {task.name!r}")
            if shapes[name] and shapes[name][-1] not in (None, len(task.labels)):
                raise BundleError(path, f"output {name!r} has {shapes[name][-1]} values for {len(task.labels)} labels")
