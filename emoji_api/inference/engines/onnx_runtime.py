"""Inference with ONNX Runtime on the CPU."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from emoji_api.errors import BundleError
from emoji_api.inference.engines.base import Shape, check_inputs, check_outputs
from emoji_api.tasks import Task

SPANS = "spans"
"""Optional boolean input of a graph, true by default: whether to compute the span outputs."""


class OnnxEngine:
    """A network in an ONNX file.

    `threads` is the number of CPU threads for one forward pass. `spinning` makes idle threads busy-wait: slightly
    faster if no other process uses the CPU, much slower otherwise. Raises `BundleError` if ONNX Runtime cannot load the
    file or the network does not have the outputs of `tasks`.
    """

    def __init__(self, path: str | Path, tasks: Mapping[str, Task], *, threads: int = 1, spinning: bool = False):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: it warns about every optional input
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
        # it would cache an allocation plan for each input shape, and tweets have many
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors have no narrower base class
            raise BundleError(path, f"cannot be loaded by ONNX Runtime: {error}") from error
        optional = {node.name for node in self._session.get_overridable_initializers()}
        spans = {name for task in tasks.values() if task.kind == "span" for name in task.outputs}
        self._span_outputs = spans if SPANS in optional else set()
        check_inputs(Path(path), {node.name: _type_name(node.type) for node in self._session.get_inputs()})
        check_outputs(Path(path), tasks.values(), self.output_shapes)

    @property
    def output_shapes(self) -> dict[str, Shape]:
        """Shapes of the network's outputs, by name."""
        return {
            node.name: tuple(axis if isinstance(axis, int) else None for axis in node.shape)
            for node in self._session.get_outputs()
        }

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """Return the named `outputs`, float32, for int32 inputs of shape (batch, length)."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self._span_outputs:
            inputs[SPANS] = np.array(not self._span_outputs.isdisjoint(outputs))
        values = self._session.run(list(outputs), inputs)
        return dict(zip(outputs, values, strict=True))


def _type_name(onnx_type: str) -> str:
    """Return the element type of a tensor type, such as `int32` for `tensor(int32)`."""
    return onnx_type.removeprefix("tensor(").removesuffix(")")
