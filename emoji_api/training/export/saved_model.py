"""The network as a TensorFlow SavedModel, with softmax and temperature in its graph."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from emoji_api.tasks import Task
from emoji_api.training.calibration.temperature import MIN_ENTROPY, Temperature
from emoji_api.training.network.build import PADDING_LOGIT

INPUTS = [tf.TensorSpec((None, None), tf.int32, name=name) for name in ("input_ids", "attention_mask")]


class ServedNetwork(tf.Module):  # type: ignore[misc]
    """A network with calibration in its graph.

    Its outputs are calibrated probabilities by task name, and span logits divided by the temperature.
    """

    def __init__(self, network: keras.Model, tasks: Sequence[Task], temperatures: Mapping[str, Temperature]):
        super().__init__()
        # a new model: the fitted one would bring its optimizer's state, three times the size, and heads of other tasks
        names = [name for task in tasks for name in task.outputs]
        self.network = keras.Model(network.input, {name: network.output[name] for name in names})
        # plain values, because TensorFlow writes the attributes of a module and cannot write a Task
        self.outputs = {task.name: task.outputs for task in tasks}
        by_output = {name: temperatures.get(task.name, Temperature()) for task in tasks for name in task.outputs}
        self.temperatures = {name: temperature.value for name, temperature in by_output.items()}
        self.entropy_powers = {name: temperature.entropy_power for name, temperature in by_output.items()}

    def run(self, names: Sequence[str], input_ids: Any, attention_mask: Any) -> dict[str, Any]:
        """Return the outputs `names`, (batch, labels) or (batch, length, labels)."""
        logits = self.network({"input_ids": input_ids, "attention_mask": attention_mask}, training=False)
        is_token = tf.expand_dims(attention_mask > 0, -1)
        outputs = {}
        for name in names:
            scaled = logits[name] / self.temperatures[name]
            # the output of a classification has the name of its task, those of a span have not
            if name not in self.outputs:
                outputs[name] = tf.where(is_token, scaled, PADDING_LOGIT)
            elif power := self.entropy_powers[name]:
                outputs[name] = tf.nn.softmax(scaled * tf.pow(normalized_entropy(scaled), -power))
            else:
                outputs[name] = tf.nn.softmax(scaled)
        return outputs

    def signature(self, *names: str) -> Any:
        """Return a `tf.function` from `input_ids` and `attention_mask` to the outputs `names`."""

        def run(input_ids: Any, attention_mask: Any) -> dict[str, Any]:
            return self.run(names, input_ids, attention_mask)

        return tf.function(run, input_signature=INPUTS)


def normalized_entropy(logits: tf.Tensor) -> tf.Tensor:
    """Return the entropy of the logits' softmax (batch, 1), divided by its maximum."""
    log_probabilities = tf.nn.log_softmax(logits)
    entropy = -tf.reduce_sum(tf.exp(log_probabilities) * log_probabilities, axis=-1, keepdims=True)
    return tf.maximum(entropy / np.log(logits.shape[-1]), MIN_ENTROPY)


def write_saved_model(served: ServedNetwork, folder: Path) -> None:
    """Write a SavedModel with a signature for each task, and `serving_default` for all outputs."""
    signatures = {task: served.signature(*outputs) for task, outputs in served.outputs.items()}
    signatures["serving_default"] = served.signature(*served.temperatures)
    tf.saved_model.save(served, str(folder), signatures=signatures)
