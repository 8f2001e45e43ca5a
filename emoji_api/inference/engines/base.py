"""What every engine can do, and what every network must offer."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from emoji_api.errors import BundleError
from emoji_api.tasks import Task

INPUTS = ("input_ids", "attention_mask")

Shape = tuple[int | None, ...]
"""An output's axes; `None` for one whose size depends on the input."""


class Engine(Protocol):
    """A loaded network. Safe to share between threads."""

    @property
    def output_shapes(self) -> Mapping[str, Shape]:
        """Every output of the network, by name."""

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """The named `outputs`, float32, for int32 inputs of shape (batch, length)."""


def check_inputs(path: Path, found: Mapping[str, str]) -> None:
    """Raises `BundleError` unless `found`, the inputs' types by name, is the network's signature."""
    if dict(found) != dict.fromkeys(INPUTS, "int32"):
        described = ", ".join(f"{name} ({kind})" for name, kind in sorted(found.items())) or "none"
        raise BundleError(path, f"takes {described} instead of input_ids and attention_mask (int32)")


def check_outputs(path: Path, tasks: Iterable[Task], shapes: Mapping[str, Shape]) -> None:
    """Raises `BundleError` unless each task has its outputs, with one score a label."""
    for task in tasks:
        for name in task.outputs:
            if name not in shapes:
                raise BundleError(path, f"has no output {name!r} for the task {task.name!r}")
            if shapes[name] and shapes[name][-1] not in (None, len(task.labels)):
                raise BundleError(path, f"output {name!r} has {shapes[name][-1]} scores for {len(task.labels)} labels")
