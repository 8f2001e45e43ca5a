"""Inference with a TensorFlow SavedModel."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from emoji_api.errors import BundleError, DependencyMissing
from emoji_api.inference.engines.base import Shape, check_inputs, check_outputs
from emoji_api.tasks import Task

ALL_OUTPUTS = "serving_default"


class SavedModelEngine:
    """A network in a SavedModel with one signature per task, and `serving_default` with all outputs.

    `threads` is the number of CPU threads for one forward pass. Load the model in the process that uses it: a process
    that is forked afterwards hangs. Raises `DependencyMissing` if TensorFlow is not installed, and `BundleError` if it
    cannot load the folder or the network does not have the outputs of `tasks`.
    """

    def __init__(self, path: str | Path, tasks: Mapping[str, Task], *, threads: int = 1):
        try:
            import tensorflow as tf
        except ImportError as error:
            raise DependencyMissing("TensorFlow", "train") from error
        with suppress(RuntimeError):  # it cannot be changed once TensorFlow has run in this process
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        try:
            # a reference keeps the variables alive that the signatures use
            self._model = tf.saved_model.load(str(path))
        except Exception as error:  # OSError, ValueError or the library's own
            raise BundleError(path, f"cannot be loaded by TensorFlow: {error}") from error
        self._signatures: Mapping[str, Callable[..., Mapping[str, Any]]] = self._model.signatures
        self._by_outputs = {frozenset(task.outputs): name for name, task in tasks.items()}
        self._check_signature(Path(path), ALL_OUTPUTS, list(tasks.values()))
        for name, task in tasks.items():
            self._check_signature(Path(path), name, [task])

    def _check_signature(self, path: Path, name: str, tasks: Sequence[Task]) -> None:
        if name not in self._signatures:
            raise BundleError(path, f"has no signature {name!r}")
        inputs: Mapping[str, Any] = self._signatures[name].structured_input_signature[1]  # type: ignore[attr-defined]
        check_inputs(path, {key: spec.dtype.name for key, spec in inputs.items()})
        check_outputs(path, tasks, self._shapes(name))

    def _shapes(self, name: str) -> dict[str, Shape]:
        specs: Mapping[str, Any] = self._signatures[name].structured_outputs  # type: ignore[attr-defined]
        return {key: tuple(spec.shape) if spec.shape.rank is not None else () for key, spec in specs.items()}

    @property
    def output_shapes(self) -> dict[str, Shape]:
        """Shapes of the network's outputs, by name."""
        return self._shapes(ALL_OUTPUTS)

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """Return the named `outputs`, float32, for int32 inputs of shape (batch, length).

        Uses a task's own signature if `outputs` are exactly that task's.
        """
        import tensorflow as tf

        signature = self._signatures[self._by_outputs.get(frozenset(outputs), ALL_OUTPUTS)]
        values = signature(input_ids=tf.constant(input_ids), attention_mask=tf.constant(attention_mask))
        return {name: values[name].numpy() for name in outputs}
