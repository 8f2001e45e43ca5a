"""The network as a TensorFlow SavedModel."""

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
    """Runs a SavedModel that has one signature a task, and `serving_default` with every output.

    Load it in the process that uses it: one that is forked afterwards hangs. Raises `DependencyMissing` without
    TensorFlow, `BundleError` for a folder that it refuses or that does not answer the tasks.
    """

    def __init__(self, path: str | Path, tasks: Mapping[str, Task], *, threads: int = 1):
        try:
            import tensorflow as tf
        except ImportError as error:
            raise DependencyMissing("TensorFlow", "train") from error
        with suppress(RuntimeError):  # too late when this process has used TensorFlow before
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        try:
            # kept, or its variables would be dropped while the signatures still need them
            self._model = tf.saved_model.load(str(path))
        except Exception as error:  # OSError, ValueError and the library's own, by what is wrong
            raise BundleError(path, f"cannot be loaded by TensorFlow: {error}") from error
        self._signatures: Mapping[str, Callable[..., Mapping[str, Any]]] = self._model.signatures
        self._by_outputs = {frozenset(task.outputs): name for name, task in tasks.items()}
        for name, covered in [(ALL_OUTPUTS, list(tasks.values()))] + [(name, [task]) for name, task in tasks.items()]:
            self._check(Path(path), name, covered)

    def _check(self, path: Path, name: str, tasks: Sequence[Task]) -> None:
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
        """Every output of the network, by name."""
        return self._shapes(ALL_OUTPUTS)

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """The named `outputs`, by the signature of the one task that they belong to where there is one."""
        import tensorflow as tf

        signature = self._signatures[self._by_outputs.get(frozenset(outputs), ALL_OUTPUTS)]
        values = signature(input_ids=tf.constant(input_ids), attention_mask=tf.constant(attention_mask))
        return {name: values[name].numpy() for name in outputs}
