"""The network in ONNX Runtime, on the CPU."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from emoji_api.errors import BundleError
from emoji_api.inference.engines.base import Shape, check_inputs, check_outputs
from emoji_api.tasks import Task


class OnnxEngine:
    """Runs an ONNX file on `threads` cores.

    `spinning` keeps idle threads busy waiting: a little faster alone on a machine, much slower beside other workers.
    Raises `BundleError` for a file that ONNX Runtime refuses or that does not answer the tasks.
    """

    def __init__(self, path: str | Path, tasks: Mapping[str, Task], *, threads: int = 1, spinning: bool = False):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
        # a plan is kept for every shape that was ever seen, and tweets come in all of them
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors share no narrower base
            raise BundleError(path, f"cannot be loaded by ONNX Runtime: {error}") from error
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
        """The named `outputs`; what only other outputs need is not computed."""
        values = self._session.run(list(outputs), {"input_ids": input_ids, "attention_mask": attention_mask})
        return dict(zip(outputs, values, strict=True))


def _type_name(onnx_type: str) -> str:
    """`int32` for `tensor(int32)`."""
    return onnx_type.removeprefix("tensor(").removesuffix(")")
