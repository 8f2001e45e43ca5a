"""The network: a DistilBERT encoder with one head for each task."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras as keras
from transformers import TFDistilBertModel

from emoji_api.tasks import Task

# the span logit of padding: its probability is zero, yet it is finite
PADDING_LOGIT = -1e4


class ClassificationHead(keras.layers.Layer):
    """DistilBERT's classification head: `pre_classifier`, ReLU, dropout and `classifier` on the first token.

    Maps the last hidden state (batch, length, dim) to logits (batch, labels).
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
    """A start and an end logit for each token and label.

    Maps the last hidden state (batch, length, dim) and the attention mask (batch, length) to two tensors (batch,
    length, labels). The logits of padding are `PADDING_LOGIT`.
    """

    def __init__(self, labels: int, dropout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.dropout = keras.layers.Dropout(dropout)
        self.classifier = keras.layers.Dense(2 * labels, name="classifier")

    def call(self, hidden: Any, attention_mask: Any, training: bool = False) -> Any:
        logits = self.classifier(self.dropout(hidden, training=training))
        return tf.split(tf.where(attention_mask[:, :, None] > 0, logits, PADDING_LOGIT), 2, axis=-1)


def build_network(encoder: TFDistilBertModel, tasks: Sequence[Task]) -> keras.Model:
    """Return a model of the encoder and a fresh head for each task.

    Its inputs are `input_ids` and `attention_mask`, int32 (batch, length). Its outputs by name are logits: (batch,
    labels) for a classification, (batch, length, labels) for `span_start` and `span_end`.
    """
    input_ids = keras.Input((None,), dtype=tf.int32, name="input_ids")
    attention_mask = keras.Input((None,), dtype=tf.int32, name="attention_mask")
    hidden = encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
    config = encoder.config
    logits: dict[str, Any] = {}
    for task in tasks:
        labels, dropout = len(task.labels), config.seq_classif_dropout
        if task.kind == "span":
            start_and_end = SpanHead(labels, dropout, name=task.name)(hidden, attention_mask)
            logits |= dict(zip(task.outputs, start_and_end, strict=True))
        else:
            logits[task.name] = ClassificationHead(config.dim, labels, dropout, name=task.name)(hidden)
    return keras.Model({"input_ids": input_ids, "attention_mask": attention_mask}, logits, name="tweets")
