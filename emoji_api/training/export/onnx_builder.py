"""A builder of ONNX graphs: nodes and initializers in the order in which they are added."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
# the newest format that ONNX Runtime reads is often older than the newest that onnx writes
IR_VERSION = 8
# the domain of ONNX Runtime's fused operators
FUSED = "com.microsoft"


class OnnxBuilder:
    """A graph under construction. Methods that add a node return the names of its outputs."""

    def __init__(self) -> None:
        self.added = 0
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def add(self, operator: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        """Add a node and return the name of its output, or a list of names if it has several `outputs`."""
        self.added += 1
        name = f"{operator}_{self.added}"
        names = [f"{name}_{place}" for place in range(outputs)] if outputs > 1 else [name]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, domain=domain, **attributes))
        return names if outputs > 1 else name

    def add_output(self, operator: str, inputs: Sequence[str], names: Sequence[str], **attributes: Any) -> None:
        """Add a node whose outputs `names` are outputs of the graph."""
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], **attributes))

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add an initializer, unless there is one of that name, and return its name."""
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def take_subgraph(self, outputs: Sequence[str]) -> onnx.GraphProto:
        """Remove the nodes added so far and return them as a subgraph with the float `outputs`."""
        nodes, self.nodes = self.nodes, []
        described = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        return helper.make_graph(nodes, outputs[0], [], described)

    def model(
        self, outputs: Mapping[str, Sequence[str | int]], optional_inputs: Mapping[str, int] | None = None
    ) -> onnx.ModelProto:
        """Return the model with the float `outputs` of the given shapes.

        Its inputs are `input_ids` and `attention_mask`, int32 (batch, length), and the scalar `optional_inputs`, names
        of initializers with their element types.
        """
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ]
        inputs += [helper.make_tensor_value_info(name, kind, []) for name, kind in (optional_inputs or {}).items()]
        described = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, "tweets", inputs, described, list(self.initializers.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="emoji_api")
