"""Writes the network for ONNX Runtime, from its arrays, with the operators that ONNX Runtime has for a transformer.

A converter's graph of the same network has several times the nodes, and on a tweet much of its time goes to them.

In int8 the weights have a scale a channel and the activations a scale a token (Yao et al., ZeroQuant,
https://arxiv.org/abs/2206.01861). One scale for a whole batch, as dynamic quantisation has it, lets a few large
activations of one token coarsen all the others, and makes an answer depend on the texts beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from transformers import DistilBertConfig

from emoji_api.errors import ExportError
from emoji_api.inference.engines.onnx_runtime import SPANS
from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import LEAST_ENTROPY, Temperature
from emoji_api.training.export.gptq import LEVELS, Rounded, to_int8
from emoji_api.training.network.build import OUTSIDE

OPSET = 17
FUSED = "com.microsoft"
LAYER_NORM_EPSILON = 1e-12
# GELU gives nothing below this
LEAST_GELU = -0.17
# behind the name of a bias that has what int8 leaves out of GELU's values
SHIFTED = ".shifted"

Arrays = Mapping[str, np.ndarray]


def build_onnx(
    config: DistilBertConfig,
    arrays: Arrays,
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    rounded: Rounded | None = None,
) -> onnx.ModelProto:
    """The network with `input_ids`, `attention_mask`, int32 (batch, length), and a calibrated output a task.

    `arrays` are by DistilBERT's names, kernels (in, out); a head's are `{task}.pre_classifier.weight` and so on. With
    the kernels `rounded`, it is in int8; without, in float32. Raises ExportError for an activation other than GELU.
    """
    graph = _Graph(config, arrays, rounded)
    hidden = graph.embeddings()
    for number in range(config.n_layers - 1):
        hidden = graph.layer(f"transformer.layer.{number}.", hidden)
    last = f"transformer.layer.{config.n_layers - 1}."
    keys_values = graph.keys_values(last, hidden)
    # a label is read from the first token: the last layer is for the others only where a span is asked for
    zero, one = graph.constant("zero", np.array([0])), graph.constant("one", np.array([1]))
    first = graph.layer(last, graph.add("Slice", hidden, zero, one, one), keys_values)
    first = graph.add("Squeeze", first, one)
    graph.heads([task for task in tasks if task.kind == "classification"], first, temperatures)
    for task in tasks:
        if task.kind == "span":
            graph.span_head(task, last, hidden, keys_values, temperatures.get(task.name, Temperature()))
    return graph.model(
        {
            name: [*(("batch", "length") if task.kind == "span" else ("batch",)), len(task.labels)]
            for task in tasks
            for name in task.outputs
        }
    )


def build_activations_graph(config: DistilBertConfig, arrays: Arrays) -> tuple[onnx.ModelProto, dict[str, str]]:
    """The network in float32, which gives what its products read of every token, (batch, length, in).

    Beside it the name of the output that a kernel reads, by the kernel's; some read the same. Raises what `build_onnx`
    does.
    """
    graph = _Graph(config, arrays, None)
    hidden = graph.embeddings()
    for number in range(config.n_layers):
        hidden = graph.layer(f"transformer.layer.{number}.", hidden)
    graph.read |= {name: hidden for name in arrays if name.endswith(".pre_classifier.weight")}
    width = {values: len(arrays[name]) for name, values in graph.read.items()}
    return graph.model({values: ["batch", "length", size] for values, size in width.items()}), graph.read


class _Graph:
    """Nodes and initializers, in the order in which they are added. Methods give the name of what they compute."""

    def __init__(self, config: DistilBertConfig, arrays: Arrays, rounded: Rounded | None):
        if config.activation != "gelu":
            raise ExportError(f"the activation {config.activation!r} has no fused operator; only gelu has")
        self.config, self.arrays, self.rounded = config, arrays, rounded
        # what each kernel is multiplied with
        self.read: dict[str, str] = {}
        self.added = 0
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def add(self, operator: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        self.added += 1
        name = f"{operator}_{self.added}"
        names = [f"{name}_{place}" for place in range(outputs)] if outputs > 1 else [name]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, domain=domain, **attributes))
        return names if outputs > 1 else name

    def constant(self, name: str, value: np.ndarray) -> str:
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def array(self, name: str) -> str:
        return self.constant(name, self.arrays[name])

    def embeddings(self) -> str:
        length = self.add("Shape", "input_ids", start=1, end=2)
        table = self.array("embeddings.position_embeddings.weight")
        positions = self.add("Slice", table, self.constant("zero", np.array([0])), length)
        summed = self.add("Add", self.words(), positions)
        return self.add(
            "LayerNormalization",
            summed,
            self.array("embeddings.LayerNorm.weight"),
            self.array("embeddings.LayerNorm.bias"),
            epsilon=LAYER_NORM_EPSILON,
        )

    def words(self) -> str:
        name = "embeddings.word_embeddings.weight"
        if self.rounded is None:
            return self.add("Gather", self.array(name), "input_ids")
        values, scale = to_int8(self.arrays[name], axis=1, levels=LEVELS)
        rows = self.add("Gather", self.constant(f"{name}.int8", values), "input_ids")
        scales = self.add("Gather", self.constant(f"{name}.scale", scale), "input_ids")
        return self.add("Mul", self.add("Cast", rows, to=TensorProto.FLOAT), scales)

    def keys_values(self, part: str, hidden: str) -> tuple[str, str]:
        keys_values = self.projected(part, "kv", hidden)
        return tuple(self.add("Split", keys_values, outputs=2, axis=-1))

    def projected(self, part: str, names: str, hidden: str) -> str:
        kernels = [f"{part}attention.{name}_lin.weight" for name in names]
        return self.product(hidden, f"{part}attention.{names}", kernels)

    def layer(self, part: str, hidden: str, keys_values: tuple[str, str] | None = None) -> str:
        """A layer's states of `hidden`, which attend to each other, or to others' keys and values."""
        if keys_values:
            query, (key, value) = self.projected(part, "q", hidden), keys_values
        else:
            query, key, value = self.add("Split", self.projected(part, "qkv", hidden), outputs=3, axis=-1)
        bias = np.concatenate([self.arrays[f"{part}attention.{name}_lin.bias"] for name in "qkv"])
        attended = self.add(
            "MultiHeadAttention",
            query,
            key,
            value,
            self.constant(f"{part}attention.bias", bias),
            "attention_mask",
            domain=FUSED,
            num_heads=self.config.n_heads,
            mask_filter_value=-1e30,
        )
        mixed = self.product(attended, f"{part}attention.out_lin.weight")
        hidden = self.add_norm(mixed, hidden, self.array(f"{part}attention.out_lin.bias"), f"{part}sa_layer_norm")
        inner = self.product(hidden, f"{part}ffn.lin1.weight")
        inner = self.add("BiasGelu", inner, self.array(f"{part}ffn.lin1.bias"), domain=FUSED)
        outer = self.product(inner, f"{part}ffn.lin2.weight", least=LEAST_GELU)
        return self.add_norm(outer, hidden, self.bias_of_outer(part), f"{part}output_layer_norm")

    def bias_of_outer(self, part: str) -> str:
        """The bias behind a product that read GELU's values; in int8, with what `product` left out of them."""
        name = f"{part}ffn.lin2.bias"
        if self.rounded is None:
            return self.array(name)
        values, scale = self.rounded[f"{part}ffn.lin2.weight"]
        return self.constant(f"{name}{SHIFTED}", self.arrays[name] + shift_of_outer(values, scale))

    def add_norm(self, values: str, residual: str, bias: str, norm: str) -> str:
        # ONNX Runtime's SkipLayerNormalization does all of this, and takes twice the time on a tweet
        summed = self.add("Add", self.add("Add", values, bias), residual)
        scale, shift = self.array(f"{norm}.weight"), self.array(f"{norm}.bias")
        return self.add("LayerNormalization", summed, scale, shift, epsilon=LAYER_NORM_EPSILON)

    def product(self, values: str, name: str, kernels: Sequence[str] = (), *, least: float | None = None) -> str:
        """`values` (..., in) times the kernel `name` (in, out), or `kernels` side by side, without their bias.

        In int8, of values that are at least `least`, it is what they are above it that is multiplied.
        """
        kernels = kernels or [name]
        self.read |= dict.fromkeys(kernels, values)
        if self.rounded is None:
            return self.add("MatMul", values, self.constant(name, _joined([self.arrays[each] for each in kernels])))
        weights, scale = (_joined(parts) for parts in zip(*(self.rounded[each] for each in kernels), strict=True))
        tokens, level, zero, largest = self.quantised(values, least)
        multiplied = self.add(
            "MatMulIntegerToFloat",
            tokens,
            self.constant(f"{name}.int8", weights),
            level,
            self.constant(f"{name}.scale", scale[0]),
            zero,
            domain=FUSED,
        )
        return self.add("Mul", multiplied, largest)

    def quantised(self, values: str, least: float | None) -> tuple[str, str, str, str]:
        """A byte for each of `values`, what a step of it is worth, the byte that is zero, and each token's largest.

        A step is a share of the largest. Values that are at least `least` are counted from there, by the whole byte;
        of the others half the byte is for those below zero.
        """
        if least is None:
            magnitudes, levels, middle = self.add("Abs", values), LEVELS, LEVELS + 1
        else:
            values = self.add("Sub", values, self.constant("least", np.array(least, np.float32)))
            magnitudes, levels, middle = values, 2 * LEVELS + 1, 0
        level = self.constant(f"level_{levels}", np.array(1 / levels, np.float32))
        zero = self.constant(f"zero_{middle}", np.array(middle, np.uint8))
        largest = self.add("ReduceMax", magnitudes, axes=[-1], keepdims=1)
        return self.add("QuantizeLinear", self.add("Div", values, largest), level, zero), level, zero, largest

    def heads(self, tasks: Sequence[Task], first: str, temperatures: Mapping[str, Temperature]) -> None:
        """The labels' probabilities. The heads' first layers read the same, and are one product."""
        kernels = [f"{task.name}.pre_classifier.weight" for task in tasks]
        biases = [self.arrays[f"{task.name}.pre_classifier.bias"] for task in tasks]
        if not tasks:
            return
        pooled = self.product(first, "pre_classifiers.weight", kernels)
        pooled = self.add("Add", pooled, self.constant("pre_classifiers.bias", np.concatenate(biases)))
        each = self.add("Split", self.add("Relu", pooled), outputs=len(tasks), axis=-1)
        for task, part in zip(tasks, each if len(tasks) > 1 else [each], strict=True):
            temperature = temperatures.get(task.name, Temperature())
            scores = self.add("Gemm", part, *self.last_layer(task, temperature))
            if temperature.entropy_power:
                scores = self.add("Mul", scores, self.factor(scores, task, temperature.entropy_power))
            self.output("Softmax", [scores], [task.name], axis=-1)

    def factor(self, scores: str, task: Task, power: float) -> str:
        """What the scores of a text are multiplied by: the power `-power` of their entropy, as a share of the most."""
        logarithms = self.add("LogSoftmax", scores, axis=-1)
        summed = self.add("Mul", self.add("Exp", logarithms), logarithms)
        summed = self.add("ReduceSum", summed, self.constant("last_axis", np.array([-1])), keepdims=1)
        most = self.constant(f"{task.name}/most_entropy", np.array(-np.log(len(task.labels)), np.float32))
        entropy = self.add("Div", summed, most)
        entropy = self.add("Max", entropy, self.constant("least_entropy", np.array(LEAST_ENTROPY, np.float32)))
        return self.add("Pow", entropy, self.constant(f"{task.name}/entropy_power", np.array(-power, np.float32)))

    def span_head(
        self, task: Task, part: str, hidden: str, keys_values: tuple[str, str], temperature: Temperature
    ) -> None:
        """The last layer and the span's scores, for all tokens, where the input `SPANS` is true; else nothing."""
        outer, self.nodes = self.nodes, []
        kernel, bias = self.last_layer(task, temperature)
        scores = self.add("Add", self.add("MatMul", self.layer(part, hidden, keys_values), kernel), bias)
        read = self.add("Cast", "attention_mask", to=TensorProto.BOOL)
        read = self.add("Unsqueeze", read, self.constant("last_axis", np.array([-1])))
        outside = self.constant("outside", np.array(OUTSIDE, np.float32))
        spans = self.add("Split", self.add("Where", read, scores, outside), outputs=2, axis=-1)
        asked = self.branch(spans)
        nothing = numpy_helper.from_array(np.zeros((0, 0, len(task.labels)), np.float32))
        not_asked = self.branch([self.add("Constant", value=nothing) for _ in task.outputs])
        self.nodes = outer
        self.constant(SPANS, np.array(True))
        self.output("If", [SPANS], task.outputs, then_branch=asked, else_branch=not_asked)

    def branch(self, outputs: Sequence[str]) -> onnx.GraphProto:
        """The nodes that were added, as a graph inside of this one."""
        nodes, self.nodes = self.nodes, []
        described = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        return helper.make_graph(nodes, outputs[0], [], described)

    def last_layer(self, task: Task, temperature: Temperature) -> list[str]:
        return [self.constant(name, self.arrays[name] / np.float32(temperature.value)) for name in head_arrays(task)]

    def output(self, operator: str, inputs: Sequence[str], names: Sequence[str], **attributes: Any) -> None:
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], **attributes))

    def model(self, outputs: Mapping[str, list[str | int]]) -> onnx.ModelProto:
        """The model whose `outputs` have these shapes."""
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
            for name in ("input_ids", "attention_mask")
        ]
        if SPANS in self.initializers:  # an input with a default
            inputs.append(helper.make_tensor_value_info(SPANS, TensorProto.BOOL, []))
        given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, "tweets", inputs, given, list(self.initializers.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
        # the newest format that ONNX Runtime reads is often older than the newest that onnx writes
        return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="emoji_api")


def head_arrays(task: Task) -> tuple[str, str]:
    """The names of the kernel and bias of a task's last layer."""
    return f"{task.name}.classifier.weight", f"{task.name}.classifier.bias"


def shift_of_outer(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What GELU's least value, for all inputs of a rounded kernel, gives: float32 (out,)."""
    shift: np.ndarray = np.float32(LEAST_GELU) * values.sum(axis=0, dtype=np.float32) * scale[0]
    return shift


def _joined(kernels: Sequence[np.ndarray]) -> np.ndarray:
    """Kernels of the same inputs, side by side."""
    return np.concatenate(kernels, axis=1)
