"""The network as an ONNX graph of ONNX Runtime's fused transformer operators, in float32 or int8.

It is built from the network's arrays, because a converter's graph has several times the nodes and is slower on short
texts.

In int8, weights have a scale for each channel and activations a scale for each token (Yao et al., ZeroQuant, 2022,
https://arxiv.org/abs/2206.01861). Dynamic quantisation with one scale for the whole batch is coarser if one token has
large activations, and makes the result for a text depend on the other texts of its batch.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from transformers import DistilBertConfig

from emoji_api.errors import ExportError
from emoji_api.inference.engines.onnx_runtime import SPANS
from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import MIN_ENTROPY, Temperature
from emoji_api.training.export.gptq import INT8_LEVELS, QuantizedKernels, round_to_int8
from emoji_api.training.export.onnx_builder import FUSED, OnnxBuilder
from emoji_api.training.network.build import PADDING_LOGIT

LAYER_NORM_EPSILON = 1e-12
# a lower bound of GELU
GELU_MINIMUM = -0.17
# the suffix of a bias that includes the product of the kernel with `GELU_MINIMUM`
SHIFTED = ".shifted"

Arrays = Mapping[str, np.ndarray]


def build_onnx(
    config: DistilBertConfig,
    arrays: Arrays,
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    kernels: QuantizedKernels | None = None,
) -> onnx.ModelProto:
    """Return the network with calibrated outputs, in int8 if its quantised `kernels` are given, else in float32.

    Its inputs are `input_ids` and `attention_mask`, int32 (batch, length). `arrays` have DistilBERT's names, those of
    heads are `{task}.pre_classifier.weight` and so on; kernels are (in, out). Raises ExportError for an activation
    other than GELU.
    """
    graph = NetworkGraph(config, arrays, kernels)
    hidden = graph.embeddings()
    for number in range(config.n_layers - 1):
        hidden = graph.layer(f"transformer.layer.{number}.", hidden)
    last = f"transformer.layer.{config.n_layers - 1}."
    keys_values = graph.keys_values(last, hidden)
    # classifications use the first token only: the last layer is computed for the others only if spans are requested
    zero, one = graph.constant("zero", np.array([0])), graph.constant("one", np.array([1]))
    first = graph.layer(last, graph.add("Slice", hidden, zero, one, one), keys_values)
    first = graph.add("Squeeze", first, one)
    graph.classification_heads([task for task in tasks if task.kind == "classification"], first, temperatures)
    for task in tasks:
        if task.kind == "span":
            graph.span_head(task, last, hidden, keys_values, temperatures.get(task.name, Temperature()))
    shapes = {
        name: [*(("batch", "length") if task.kind == "span" else ("batch",)), len(task.labels)]
        for task in tasks
        for name in task.outputs
    }
    return graph.model(shapes, {SPANS: TensorProto.BOOL} if SPANS in graph.initializers else None)


def build_activations_graph(config: DistilBertConfig, arrays: Arrays) -> tuple[onnx.ModelProto, dict[str, str]]:
    """Return the network in float32 with its matmul inputs as outputs, (batch, length, in), and their names by kernel.

    Kernels may share an input. Raises ExportError for an activation other than GELU.
    """
    graph = NetworkGraph(config, arrays, None)
    hidden = graph.embeddings()
    for number in range(config.n_layers):
        hidden = graph.layer(f"transformer.layer.{number}.", hidden)
    graph.matmul_inputs |= {name: hidden for name in arrays if name.endswith(".pre_classifier.weight")}
    width = {values: len(arrays[kernel]) for kernel, values in graph.matmul_inputs.items()}
    return graph.model({values: ["batch", "length", size] for values, size in width.items()}), graph.matmul_inputs


class NetworkGraph(OnnxBuilder):
    """The parts of the network. `layer` arguments are prefixes of array names, such as `transformer.layer.0.`."""

    def __init__(self, config: DistilBertConfig, arrays: Arrays, kernels: QuantizedKernels | None):
        super().__init__()
        if config.activation != "gelu":
            raise ExportError(f"the activation {config.activation!r} has no fused operator: use an encoder with gelu")
        self.config, self.arrays, self.kernels = config, arrays, kernels
        # by kernel name, the name of the activations that it is multiplied with
        self.matmul_inputs: dict[str, str] = {}

    def array(self, name: str) -> str:
        """Add the array `name` as an initializer."""
        return self.constant(name, self.arrays[name])

    def embeddings(self) -> str:
        """Add the embedding layer."""
        length = self.add("Shape", "input_ids", start=1, end=2)
        table = self.array("embeddings.position_embeddings.weight")
        positions = self.add("Slice", table, self.constant("zero", np.array([0])), length)
        summed = self.add("Add", self.word_embeddings(), positions)
        return self.layer_norm(summed, "embeddings.LayerNorm")

    def word_embeddings(self) -> str:
        """Add the lookup of word embeddings; in int8, each word has its scale."""
        name = "embeddings.word_embeddings.weight"
        if self.kernels is None:
            return self.add("Gather", self.array(name), "input_ids")
        values, scale = round_to_int8(self.arrays[name], axis=1, levels=INT8_LEVELS)
        rows = self.add("Gather", self.constant(f"{name}.int8", values), "input_ids")
        scales = self.add("Gather", self.constant(f"{name}.scale", scale), "input_ids")
        return self.add("Mul", self.add("Cast", rows, to=TensorProto.FLOAT), scales)

    def keys_values(self, layer: str, hidden: str) -> tuple[str, str]:
        """Add the projections of `hidden` to the attention's keys and values."""
        keys_values = self.project(layer, "kv", hidden)
        return tuple(self.add("Split", keys_values, outputs=2, axis=-1))

    def project(self, layer: str, projections: str, hidden: str) -> str:
        """Add one matmul for several attention `projections`, a string of the letters q, k and v."""
        kernels = [f"{layer}attention.{letter}_lin.weight" for letter in projections]
        return self.matmul(hidden, f"{layer}attention.{projections}", kernels)

    def layer(self, layer: str, hidden: str, keys_values: tuple[str, str] | None = None) -> str:
        """Add a transformer layer for the tokens of `hidden`, which attend to themselves or to `keys_values`."""
        if keys_values:
            query, (key, value) = self.project(layer, "q", hidden), keys_values
        else:
            query, key, value = self.add("Split", self.project(layer, "qkv", hidden), outputs=3, axis=-1)
        bias = np.concatenate([self.arrays[f"{layer}attention.{letter}_lin.bias"] for letter in "qkv"])
        attended = self.add(
            "MultiHeadAttention",
            query,
            key,
            value,
            self.constant(f"{layer}attention.bias", bias),
            "attention_mask",
            domain=FUSED,
            num_heads=self.config.n_heads,
            mask_filter_value=-1e30,
        )
        projected = self.matmul(attended, f"{layer}attention.out_lin.weight")
        bias_name = self.array(f"{layer}attention.out_lin.bias")
        hidden = self.add_norm(projected, hidden, bias_name, f"{layer}sa_layer_norm")
        inner = self.matmul(hidden, f"{layer}ffn.lin1.weight")
        inner = self.add("BiasGelu", inner, self.array(f"{layer}ffn.lin1.bias"), domain=FUSED)
        outer = self.matmul(inner, f"{layer}ffn.lin2.weight", minimum=GELU_MINIMUM)
        return self.add_norm(outer, hidden, self.lin2_bias(layer), f"{layer}output_layer_norm")

    def lin2_bias(self, layer: str) -> str:
        """Add the bias after the matmul of GELU's outputs; in int8, with the part that `matmul` subtracted."""
        name = f"{layer}ffn.lin2.bias"
        if self.kernels is None:
            return self.array(name)
        values, scale = self.kernels[f"{layer}ffn.lin2.weight"]
        return self.constant(f"{name}{SHIFTED}", self.arrays[name] + gelu_shift(values, scale))

    def add_norm(self, values: str, residual: str, bias: str, norm: str) -> str:
        """Add bias, residual connection and layer norm."""
        # ONNX Runtime's SkipLayerNormalization does all of this, but takes twice the time on a tweet
        return self.layer_norm(self.add("Add", self.add("Add", values, bias), residual), norm)

    def layer_norm(self, values: str, norm: str) -> str:
        """Add the layer norm whose arrays begin with `norm`."""
        scale, bias = self.array(f"{norm}.weight"), self.array(f"{norm}.bias")
        return self.add("LayerNormalization", values, scale, bias, epsilon=LAYER_NORM_EPSILON)

    def matmul(self, values: str, name: str, kernels: Sequence[str] = (), *, minimum: float | None = None) -> str:
        """Add the product of `values` (..., in) and the kernel `name`, or `kernels` joined under that name.

        In int8, values with a known `minimum` are quantised as `values - minimum`; the caller adds the difference.
        """
        kernels = kernels or [name]
        self.matmul_inputs |= dict.fromkeys(kernels, values)
        if self.kernels is None:
            joined = _join([self.arrays[kernel] for kernel in kernels])
            return self.add("MatMul", values, self.constant(name, joined))
        weights, scale = (_join(parts) for parts in zip(*(self.kernels[kernel] for kernel in kernels), strict=True))
        quantized, step, zero_point, token_maximum = self.quantize_activations(values, minimum)
        product = self.add(
            "MatMulIntegerToFloat",
            quantized,
            self.constant(f"{name}.int8", weights),
            step,
            self.constant(f"{name}.scale", scale[0]),
            zero_point,
            domain=FUSED,
        )
        return self.add("Mul", product, token_maximum)

    def quantize_activations(self, values: str, minimum: float | None) -> tuple[str, str, str, str]:
        """Add the quantisation of `values` to uint8: the bytes, their step, their zero point, each token's maximum.

        The step is relative to the token's maximum. It is symmetric around zero; with a `minimum`, `values - minimum`
        uses the whole range of a byte.
        """
        if minimum is None:
            magnitudes, levels, zero = self.add("Abs", values), INT8_LEVELS, INT8_LEVELS + 1
        else:
            values = self.add("Sub", values, self.constant("least", np.array(minimum, np.float32)))
            magnitudes, levels, zero = values, 2 * INT8_LEVELS + 1, 0
        step = self.constant(f"level_{levels}", np.array(1 / levels, np.float32))
        zero_point = self.constant(f"zero_{zero}", np.array(zero, np.uint8))
        maximum = self.add("ReduceMax", magnitudes, axes=[-1], keepdims=1)
        quantized = self.add("QuantizeLinear", self.add("Div", values, maximum), step, zero_point)
        return quantized, step, zero_point, maximum

    def classification_heads(
        self, tasks: Sequence[Task], first_token: str, temperatures: Mapping[str, Temperature]
    ) -> None:
        """Add the calibrated probabilities of all `tasks`. Their first layers are joined to one matmul."""
        if not tasks:
            return
        kernels = [f"{task.name}.pre_classifier.weight" for task in tasks]
        bias = np.concatenate([self.arrays[f"{task.name}.pre_classifier.bias"] for task in tasks])
        pooled = self.matmul(first_token, "pre_classifiers.weight", kernels)
        pooled = self.add("Add", pooled, self.constant("pre_classifiers.bias", bias))
        by_task = self.add("Split", self.add("Relu", pooled), outputs=len(tasks), axis=-1)
        for task, inputs in zip(tasks, by_task if len(tasks) > 1 else [by_task], strict=True):
            temperature = temperatures.get(task.name, Temperature())
            logits = self.add("Gemm", inputs, *self.scaled_classifier(task, temperature))
            if temperature.entropy_power:
                logits = self.add("Mul", logits, self.entropy_factor(logits, task, temperature.entropy_power))
            self.add_output("Softmax", [logits], [task.name], axis=-1)

    def entropy_factor(self, logits: str, task: Task, power: float) -> str:
        """Add the factor of entropy-based temperature scaling: the normalised entropy to the power of `-power`."""
        log_probabilities = self.add("LogSoftmax", logits, axis=-1)
        summed = self.add("Mul", self.add("Exp", log_probabilities), log_probabilities)
        summed = self.add("ReduceSum", summed, self.constant("last_axis", np.array([-1])), keepdims=1)
        maximum = self.constant(f"{task.name}/most_entropy", np.array(-np.log(len(task.labels)), np.float32))
        entropy = self.add("Div", summed, maximum)
        entropy = self.add("Max", entropy, self.constant("least_entropy", np.array(MIN_ENTROPY, np.float32)))
        return self.add("Pow", entropy, self.constant(f"{task.name}/entropy_power", np.array(-power, np.float32)))

    def span_head(
        self, task: Task, layer: str, hidden: str, keys_values: tuple[str, str], temperature: Temperature
    ) -> None:
        """Add the last layer for all tokens and the span logits, computed only if the input `SPANS` is true."""
        main_nodes, self.nodes = self.nodes, []
        kernel, bias = self.scaled_classifier(task, temperature)
        logits = self.add("Add", self.add("MatMul", self.layer(layer, hidden, keys_values), kernel), bias)
        is_token = self.add("Cast", "attention_mask", to=TensorProto.BOOL)
        is_token = self.add("Unsqueeze", is_token, self.constant("last_axis", np.array([-1])))
        padding = self.constant("outside", np.array(PADDING_LOGIT, np.float32))
        spans = self.add("Split", self.add("Where", is_token, logits, padding), outputs=2, axis=-1)
        with_spans = self.take_subgraph(spans)
        empty = numpy_helper.from_array(np.zeros((0, 0, len(task.labels)), np.float32))
        without_spans = self.take_subgraph([self.add("Constant", value=empty) for _ in task.outputs])
        self.nodes = main_nodes
        self.constant(SPANS, np.array(True))
        self.add_output("If", [SPANS], task.outputs, then_branch=with_spans, else_branch=without_spans)

    def scaled_classifier(self, task: Task, temperature: Temperature) -> list[str]:
        """Add the kernel and the bias of a head's last layer, divided by the temperature."""
        names = classifier_arrays(task)
        return [self.constant(name, self.arrays[name] / np.float32(temperature.value)) for name in names]


def classifier_arrays(task: Task) -> tuple[str, str]:
    """Return the names of the kernel and the bias of a head's last layer."""
    return f"{task.name}.classifier.weight", f"{task.name}.classifier.bias"


def gelu_shift(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the product (out,) of inputs that all equal `GELU_MINIMUM` with a quantised kernel, float32."""
    shift: np.ndarray = np.float32(GELU_MINIMUM) * values.sum(axis=0, dtype=np.float32) * scale[0]
    return shift


def _join(kernels: Sequence[np.ndarray]) -> np.ndarray:
    """Concatenate kernels of the same inputs along their outputs."""
    return np.concatenate(kernels, axis=1)
