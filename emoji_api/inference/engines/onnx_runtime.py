"""The network in ONNX Runtime, on the CPU."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from emoji_api.errors import BundleError
from emoji_api.inference.engines.base import Shape, check_inputs, check_outputs
from emoji_api.tasks import Task

# an input that says whether the outputs of spans are asked for, of graphs that can do without; true unless it is given
SPANS = "spans"


class OnnxEngine:
    """Runs an ONNX file on `threads` cores.

    `spinning` keeps idle threads busy waiting: a little faster alone on a machine, much slower beside other workers.
    Raises `BundleError` for a file that ONNX Runtime refuses or that does not answer the tasks.
    """

    def __init__(self, path: str | Path, tasks: Mapping[str, Task], *, threads: int = 1, spinning: bool = False):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: it warns that an optional input is optional
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
        # a plan is kept for every shape that was ever seen, and tweets come in all of them
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors share no narrower base
            raise BundleError(path, f"cannot be loaded by ONNX Runtime: {error}") from error
        optional = {node.name for node in self._session.get_overridable_initializers()}
        spans = {name for task in tasks.values() if task.kind == "span" for name in task.outputs}
        self._spans = spans if SPANS in optional else set()
        check_inputs(Path(path), {node.name: _type_name(node.type) for node in self._session.get_inputs()})
        check_outputs(Path(path), tasks.values(), self.output_shapes)

    @property
    def output_shapes(self) -> dict[str, Shape]:
        """Every output of the network, by name."""
        return {
            node.name: tuple(axis if isinstance(axis, int) else None for axis in node.shape)
            for node in self._session.get_outputs()
        }

    def run(self, outputs: Sequence[str], input_ids: np.ndarray, attention_mask: np.ndarray) -> dict[str, np.ndarray]:
        """The named `outputs`."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self._spans:
            inputs[SPANS] = np.array(not self._spans.isdisjoint(outputs))
        values = self._session.run(list(outputs), inputs)
        return dict(zip(outputs, values, strict=True))


def _type_name(onnx_type: str) -> str:
    """`int32` for `tensor(int32)`."""
    return onnx_type.removeprefix("tensor(").removesuffix(")")
