"""Writes a fitted network as a SavedModel and as int8 ONNX, each loaded and compared before it counts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
import tf_keras as keras
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from emoji_api.errors import ExportError
from emoji_api.inference.bundle import ONNX, SAVED_MODEL, TOKENIZER
from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.inference.engines.saved_model import SavedModelEngine
from emoji_api.tasks import Task
from emoji_api.training.batches import pad, tokenize

INPUTS = [tf.TensorSpec((None, None), tf.int32, name=name) for name in ("input_ids", "attention_mask")]
OPSET = 17
# the largest difference of a probability that a conversion without quantisation may make
TOLERANCE = 1e-4


class ServedNetwork(tf.Module):
    """The network as it is served: calibrated probabilities by task name, softmax and temperature in the graph."""

    def __init__(self, network: keras.Model, tasks: Sequence[Task], temperatures: Mapping[str, float]):
        super().__init__()
        self.network = network
        self.temperatures = {task.name: temperatures.get(task.name, 1.0) for task in tasks}

    def answer(self, names: Sequence[str], input_ids: tf.Tensor, attention_mask: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = self.network({"input_ids": input_ids, "attention_mask": attention_mask}, training=False)
        return {name: tf.nn.softmax(logits[name] / self.temperatures[name], name=name) for name in names}

    def signature(self, *names: str):
        """A function of `input_ids`, `attention_mask` (int32, batch x length) that gives the outputs `names`."""
        return tf.function(
            lambda input_ids, attention_mask: self.answer(names, input_ids, attention_mask), input_signature=INPUTS
        )


def write_saved_model(served: ServedNetwork, folder: Path) -> None:
    """A SavedModel with `serving_default`, which gives every output, and a signature a task."""
    signatures = {name: served.signature(name) for name in served.temperatures}
    signatures["serving_default"] = served.signature(*served.temperatures)
    tf.saved_model.save(served, str(folder), signatures=signatures)


def write_onnx(served: ServedNetwork, path: Path) -> None:
    """The same network for ONNX Runtime, in float32."""
    model, _ = tf2onnx.convert.from_function(
        served.signature(*served.temperatures), input_signature=INPUTS, opset=OPSET
    )
    onnx.save(model, path)


def quantize(path: Path, quantized: Path) -> None:
    """Weights and, at run time, activations of the matrix products in int8, a scale a channel; embeddings in int8.

    Seven of the eight bits are used (`reduce_range`): processors without VNNI add products of int8 in 16 bits, which
    overflow silently with eight.
    """
    quantize_dynamic(
        path,
        quantized,
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )


def compare(
    expected: Mapping[str, np.ndarray], answered: Mapping[str, np.ndarray], what: str, tolerance: float = TOLERANCE
) -> None:
    """Raises ExportError where two forms of one network differ by more than `tolerance` in a probability."""
    for name, values in expected.items():
        difference = float(np.abs(values - answered[name]).max())
        if not difference <= tolerance:
            raise ExportError(f"{what} differs from the fitted network by {difference:.2g} in {name!r}")


def export(
    network: keras.Model,
    tokenizer: Tokenizer,
    tasks: Sequence[Task],
    temperatures: Mapping[str, float],
    folder: Path,
    *,
    probe: Sequence[str],
    max_length: int,
) -> None:
    """Write `saved_model/`, `model.int8.onnx` and `tokenizer/tokenizer.json` into `folder`.

    `probe` are texts on which the SavedModel and the float32 ONNX file must answer like the fitted network.
    Raises ExportError where one does not.
    """
    (folder / TOKENIZER).parent.mkdir(parents=True)
    tokenizer.save(str(folder / TOKENIZER))
    served = ServedNetwork(network, tasks, temperatures)
    names = list(served.temperatures)
    rows = tokenize(tokenizer, probe, max_length)
    inputs = pad(rows, max(len(row) for row in rows))
    expected = {name: values.numpy() for name, values in served.answer(names, **inputs).items()}

    write_saved_model(served, folder / SAVED_MODEL)
    by_name = {task.name: task for task in tasks}
    compare(expected, SavedModelEngine(folder / SAVED_MODEL, by_name).run(names, **inputs), "the SavedModel")

    float32 = folder / "model.float32.onnx"
    write_onnx(served, float32)
    compare(expected, OnnxEngine(float32, by_name).run(names, **inputs), "the ONNX file")
    quantize(float32, folder / ONNX)
    float32.unlink()
