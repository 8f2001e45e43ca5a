"""The network: DistilBERT's encoder, and one head a task."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras
from transformers import TFDistilBertModel

from emoji_api.tasks import Task

# the score of what is no token of the text: its probability is zero, and it is a number still
OUTSIDE = -1e4


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


class SpanHead(keras.layers.Layer):
    """A start and an end score of every token for each label.

    Takes the last hidden state (batch, length, dim) and the attention mask (batch, length), gives two logits (batch,
    length, labels); those of the padding are `OUTSIDE`.
    """

    def __init__(self, labels: int, dropout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.dropout = keras.layers.Dropout(dropout)
        self.classifier = keras.layers.Dense(2 * labels, name="classifier")

    def call(self, hidden: Any, attention_mask: Any, training: bool = False) -> Any:
        scores = self.classifier(self.dropout(hidden, training=training))
        return tf.split(tf.where(attention_mask[:, :, None] > 0, scores, OUTSIDE), 2, axis=-1)


def build_network(encoder: TFDistilBertModel, tasks: Sequence[Task]) -> keras.Model:
    """One encoder and a head a task.

    Inputs `input_ids`, `attention_mask`, int32 (batch, length); outputs by name, logits (batch, labels), or (batch,
    length, labels) of a span's start and end.
    """
    input_ids = keras.Input((None,), dtype=tf.int32, name="input_ids")
    attention_mask = keras.Input((None,), dtype=tf.int32, name="attention_mask")
    hidden = encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    config = encoder.config
    logits: dict[str, Any] = {}
    for task in tasks:
        size, dropout = len(task.labels), config.seq_classif_dropout
        if task.kind == "span":
            scores = SpanHead(size, dropout, name=task.name)(hidden, attention_mask)
            logits |= dict(zip(task.outputs, scores, strict=True))
        else:
            logits[task.name] = ClassificationHead(config.dim, size, dropout, name=task.name)(hidden)
    return keras.Model({"input_ids": input_ids, "attention_mask": attention_mask}, logits, name="tweets")
