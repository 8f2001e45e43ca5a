"""The network: DistilBERT's encoder, and one head a task."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras
from transformers import TFDistilBertModel

from emoji_api.tasks import Task


class ClassificationHead(keras.layers.Layer):
    """DistilBERT's own head: `pre_classifier`, ReLU, dropout, `classifier`, on the first token.

    Takes the last hidden state (batch, length, dim), gives logits (batch, labels).
    """

    def __init__(self, dim: int, labels: int, dropout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.pre_classifier = keras.layers.Dense(dim, activation="relu", name="pre_classifier")
        self.dropout = keras.layers.Dropout(dropout)
        self.classifier = keras.layers.Dense(labels, name="classifier")

    def call(self, hidden: Any, training: bool = False) -> Any:
        pooled = self.pre_classifier(hidden[:, 0])
        return self.classifier(self.dropout(pooled, training=training))


def build_network(encoder: TFDistilBertModel, tasks: Sequence[Task]) -> keras.Model:
    """One encoder and a head a task.

    Inputs `input_ids`, `attention_mask`, int32 (batch, length); outputs by task name, logits (batch, labels).
    """
    input_ids = keras.Input((None,), dtype=tf.int32, name="input_ids")
    attention_mask = keras.Input((None,), dtype=tf.int32, name="attention_mask")
    hidden = encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    config = encoder.config
    logits = {
        task.name: ClassificationHead(config.dim, len(task.labels), config.seq_classif_dropout, name=task.name)(hidden)
        for task in tasks
    }
    return keras.Model({"input_ids": input_ids, "attention_mask": attention_mask}, logits, name="tweets")


def use_exact_gelu(encoder: TFDistilBertModel) -> None:
    """Write GELU out through `erf`, in place.

    Keras's own becomes TensorFlow's `Erfc`, which tf2onnx converts to an operator that ONNX Runtime refuses.
    """
    for layer in encoder.distilbert.transformer.layer:
        if encoder.config.activation == "gelu":
            layer.ffn.activation = exact_gelu


def exact_gelu(x: Any) -> Any:
    """x times the standard normal's cumulative distribution (Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415)."""
    return 0.5 * x * (1.0 + tf.math.erf(x / tf.sqrt(tf.constant(2.0, x.dtype))))
