"""The fitted network's answers for texts, outside of its training."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.training.examples.batches import batches_by_length


def forward(
    network: keras.Model, tokenizer: Tokenizer, texts: Sequence[str], max_length: int
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Logits by output, a few texts of a like length at a time, with the places of these texts."""
    answer = as_function(network)
    for rows, inputs in batches_by_length(tokenizer, texts, max_length):
        yield rows, {name: values.numpy() for name, values in answer(**inputs).items()}


@lru_cache(maxsize=1)
def as_function(network: keras.Model) -> Any:
    """The network as a graph, which is faster than its layers one by one, and is traced once."""

    def answer(input_ids: tf.Tensor, attention_mask: tf.Tensor) -> Any:
        return network({"input_ids": input_ids, "attention_mask": attention_mask}, training=False)

    return tf.function(answer, input_signature=[tf.TensorSpec((None, None), tf.int32)] * 2)


def predict(network: keras.Model, tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> dict[str, np.ndarray]:
    """Logits by classification task, (texts, labels), in the order of `texts`."""
    places: list[np.ndarray] = []
    parts: dict[str, list[np.ndarray]] = {}
    for rows, outputs in forward(network, tokenizer, texts, max_length):
        places.append(rows)
        for name, values in outputs.items():
            if values.ndim == 2:  # a span's have an axis of tokens too
                parts.setdefault(name, []).append(values)
    back = np.argsort(np.concatenate(places))
    return {name: np.concatenate(values)[back] for name, values in parts.items()}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
