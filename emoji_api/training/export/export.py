"""Writes a fitted network as a SavedModel and as int8 ONNX, each loaded and compared before it counts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf_keras as keras
from tokenizers import Tokenizer
from transformers import DistilBertConfig

from emoji_api.errors import ExportError
from emoji_api.inference.bundle import ONNX, SAVED_MODEL, TOKENIZER
from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.inference.engines.saved_model import SavedModelEngine
from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import LEAST_ENTROPY, Temperature
from emoji_api.training.examples.batches import pad, tokenize
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.export.gram_matrices import measure_grams
from emoji_api.training.export.onnx_graph import build_onnx
from emoji_api.training.network.build import OUTSIDE
from emoji_api.training.network.checkpoints import array_name

INPUTS = [tf.TensorSpec((None, None), tf.int32, name=name) for name in ("input_ids", "attention_mask")]
# the largest difference of a probability that a form without quantisation may make
TOLERANCE = 1e-4


class ServedNetwork(tf.Module):  # type: ignore[misc]
    """The network as it is served: softmax and temperature in the graph.

    Gives calibrated probabilities by task name, and of a span its scores divided by the temperature.
    """

    def __init__(self, network: keras.Model, tasks: Sequence[Task], temperatures: Mapping[str, Temperature]):
        super().__init__()
        # a model of its own: the fitted one would bring its optimizer's state, three times the size, and other heads
        names = [name for task in tasks for name in task.outputs]
        self.network = keras.Model(network.input, {name: network.output[name] for name in names})
        # plain values: what a module holds is written, and a task is nothing that TensorFlow could write
        self.outputs = {task.name: task.outputs for task in tasks}
        plain = Temperature()
        at = {name: temperatures.get(task.name, plain) for task in tasks for name in task.outputs}
        self.temperatures = {name: temperature.value for name, temperature in at.items()}
        self.entropy_powers = {name: temperature.entropy_power for name, temperature in at.items()}

    def answer(self, names: Sequence[str], input_ids: Any, attention_mask: Any) -> dict[str, Any]:
        """The outputs `names`, (batch, labels) or (batch, length, labels)."""
        logits = self.network({"input_ids": input_ids, "attention_mask": attention_mask}, training=False)
        read = tf.expand_dims(attention_mask > 0, -1)
        answers = {}
        for name in names:
            scores = logits[name] / self.temperatures[name]
            # a classification's output has the task's own name, a span's have not
            if name not in self.outputs:
                answers[name] = tf.where(read, scores, OUTSIDE)
            elif power := self.entropy_powers[name]:
                answers[name] = tf.nn.softmax(scores * tf.pow(share_of_entropy(scores), -power))
            else:
                answers[name] = tf.nn.softmax(scores)
        return answers

    def signature(self, *names: str) -> Any:
        """A function of `input_ids`, `attention_mask` (int32, batch x length) that gives the outputs `names`."""

        def answer(input_ids: Any, attention_mask: Any) -> dict[str, Any]:
            return self.answer(names, input_ids, attention_mask)

        return tf.function(answer, input_signature=INPUTS)


def share_of_entropy(scores: tf.Tensor) -> tf.Tensor:
    """The entropy of the scores' softmax (batch, 1), as a share of the most that it could have."""
    logarithms = tf.nn.log_softmax(scores)
    entropy = -tf.reduce_sum(tf.exp(logarithms) * logarithms, axis=-1, keepdims=True)
    return tf.maximum(entropy / np.log(scores.shape[-1]), LEAST_ENTROPY)


def write_saved_model(served: ServedNetwork, folder: Path) -> None:
    """A SavedModel with `serving_default`, which gives every output, and a signature a task."""
    signatures = {task: served.signature(*outputs) for task, outputs in served.outputs.items()}
    signatures["serving_default"] = served.signature(*served.temperatures)
    tf.saved_model.save(served, str(folder), signatures=signatures)


def read_arrays(saved_model: Path, tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """The arrays of a SavedModel, as `arrays_of` names them."""
    loaded = tf.saved_model.load(str(saved_model))  # named, since its variables go when it goes
    return arrays_of(loaded.signatures["serving_default"].variables, tasks)


def arrays_of(variables: Iterable[Any], tasks: Sequence[Task]) -> dict[str, np.ndarray]:
    """A network's arrays by DistilBERT's names, a head's by `{task}.pre_classifier.weight` and so on."""
    arrays = {array_name(variable.name): variable.numpy() for variable in variables}
    heads = tuple(f"{task.name}." for task in tasks)
    return {name: values for name, values in arrays.items() if name.startswith(("embeddings.", "transformer.", *heads))}


def write_onnx(
    folder: Path,
    config: DistilBertConfig,
    arrays: Mapping[str, np.ndarray],
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    inputs: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    grams: Mapping[str, np.ndarray],
) -> None:
    """Write `model.int8.onnx`, rounded by `grams`, once the same graph in float32 answered `inputs` as `expected`.

    Raises ExportError where it does not.
    """
    by_name = {task.name: task for task in tasks}
    float32 = folder / "model.float32.onnx"
    onnx.save(build_onnx(config, arrays, tasks, temperatures), float32)
    compare(expected, OnnxEngine(float32, by_name).run(list(expected), **inputs), "the ONNX file")
    float32.unlink()
    onnx.save(build_onnx(config, arrays, tasks, temperatures, quantize_kernels(arrays, grams)), folder / ONNX)


def compare(
    expected: Mapping[str, np.ndarray], answered: Mapping[str, np.ndarray], what: str, tolerance: float = TOLERANCE
) -> None:
    """Raises ExportError where two forms of one network differ by more than `tolerance`.

    The tolerance is absolute below one, for probabilities, and relative above, for scores.
    """
    for name, values in expected.items():
        difference = float((np.abs(values - answered[name]) / np.abs(values).clip(1)).max())
        if not difference <= tolerance:
            raise ExportError(f"{what} differs from the fitted network by {difference:.2g} in {name!r}")


def export(
    network: keras.Model,
    tokenizer: Tokenizer,
    tasks: Sequence[Task],
    temperatures: Mapping[str, Temperature],
    folder: Path,
    *,
    probe: Sequence[str],
    representative: Sequence[str],
    max_length: int,
) -> None:
    """Write `saved_model/`, `model.int8.onnx` and `tokenizer/tokenizer.json` into `folder`.

    `probe` are texts on which the SavedModel and the ONNX graph must answer like the fitted network, and
    `representative` those on which int8 is to answer as nearly like it as it can. Raises ExportError where one of the
    first two does not.
    """
    (folder / TOKENIZER).parent.mkdir(parents=True)
    tokenizer.save(str(folder / TOKENIZER))
    served = ServedNetwork(network, tasks, temperatures)
    rows = tokenize(tokenizer, probe, max_length)
    inputs = pad(rows, max(len(row) for row in rows))
    names = list(served.temperatures)
    expected = {name: values.numpy() for name, values in served.answer(names, **inputs).items()}

    write_saved_model(served, folder / SAVED_MODEL)
    saved = SavedModelEngine(folder / SAVED_MODEL, {task.name: task for task in tasks})
    compare(expected, saved.run(names, **inputs), "the SavedModel")
    config = network.get_layer("distilbert").config
    arrays = arrays_of(network.weights, tasks)
    grams = measure_grams(config, arrays, tokenizer, representative, max_length, folder / "model.readings.onnx")
    write_onnx(folder, config, arrays, tasks, temperatures, inputs, expected, grams)
