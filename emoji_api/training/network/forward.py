"""Forward passes of a network over many texts, in batches of similar length."""

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
    """Yield the row numbers of a batch of `texts` and its logits by output, shortest texts first."""
    compiled = compiled_forward(network)
    for rows, inputs in batches_by_length(tokenizer, texts, max_length):
        yield rows, {name: values.numpy() for name, values in compiled(**inputs).items()}


@lru_cache(maxsize=1)
def compiled_forward(network: keras.Model) -> Any:
    """Return the network's inference as a `tf.function`, traced once for all shapes."""

    def infer(input_ids: tf.Tensor, attention_mask: tf.Tensor) -> Any:
        return network({"input_ids": input_ids, "attention_mask": attention_mask}, training=False)

    return tf.function(infer, input_signature=[tf.TensorSpec((None, None), tf.int32)] * 2)


def predict(network: keras.Model, tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> dict[str, np.ndarray]:
    """Return the logits (texts, labels) of each classification task, in the order of `texts`."""
    row_numbers: list[np.ndarray] = []
    batches: dict[str, list[np.ndarray]] = {}
    for rows, outputs in forward(network, tokenizer, texts, max_length):
        row_numbers.append(rows)
        for name, logits in outputs.items():
            if logits.ndim == 2:  # those of spans have an axis of tokens
                batches.setdefault(name, []).append(logits)
    original_order = np.argsort(np.concatenate(row_numbers))
    return {name: np.concatenate(logits)[original_order] for name, logits in batches.items()}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis."""
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)
