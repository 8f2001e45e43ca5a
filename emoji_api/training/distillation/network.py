"""DistilBERT with its heads as functions of their weights, over packed texts.

`Weights` are nested dictionaries of arrays; `weights.py` converts them from and to DistilBERT's names. Dropout is
applied if a function gets a random `key`.
"""

from typing import Any

import jax
import jax.numpy as jnp

from emoji_api.training.distillation.packing import LENGTH, Batch

Weights = dict[str, Any]
Key = Any
MASKED_LOGIT = -1e9  # the logit of a choice that is excluded
DROPOUT, HEAD_DROPOUT = 0.1, 0.2


def compute_dtype() -> Any:
    """Return the type of matrix products: bfloat16 on a GPU; XLA's CPU backend cannot accumulate it in float32."""
    return jnp.bfloat16 if jax.default_backend() == "gpu" else jnp.float32


def encode(weights: Weights, token_ids: jax.Array, batch: Batch, attention_heads: int, key: Key = None) -> jax.Array:
    """Return the last hidden states (rows, `LENGTH`, dim) of `token_ids` (rows, `LENGTH`).

    Tokens attend only to tokens of the same text.
    """
    layers = weights["layers"]
    count = layers["query"]["bias"].shape[0]
    keys = None if key is None else jax.random.split(key, 1 + 2 * count)
    words = jnp.take(weights["word_embeddings"], token_ids, axis=0)
    embedded = words + jnp.take(weights["position_embeddings"], batch.position, axis=0)
    hidden = dropout(layer_norm(weights["embedding_norm"], embedded), None if keys is None else keys[0], DROPOUT)
    same_text = batch.segment[:, None, :, None] == batch.segment[:, None, None, :]
    rows, _, dim = hidden.shape

    def split(values: jax.Array) -> jax.Array:
        return values.reshape(rows, LENGTH, attention_heads, dim // attention_heads).transpose(0, 2, 1, 3)

    def layer(hidden: jax.Array, layer_and_keys: tuple[Weights, Key]) -> tuple[jax.Array, None]:
        layer, keys = layer_and_keys
        query, key, value = (split(dense(layer[name], hidden)) for name in ("query", "key", "value"))
        logits = jnp.einsum("bhqd,bhkd->bhqk", query, key, preferred_element_type=jnp.float32)
        logits = jnp.where(same_text, logits / (dim // attention_heads) ** 0.5, MASKED_LOGIT)
        attention = jax.nn.softmax(logits).astype(compute_dtype())
        attended = jnp.einsum("bhqk,bhkd->bhqd", attention, value).transpose(0, 2, 1, 3).reshape(rows, LENGTH, dim)
        attended = dropout(dense(layer["attention_out"], attended), None if keys is None else keys[0], DROPOUT)
        hidden = layer_norm(layer["attention_norm"], hidden + attended)
        inner = jax.nn.gelu(dense(layer["ffn_in"], hidden), approximate=False)
        outer = dropout(dense(layer["ffn_out"], inner), None if keys is None else keys[1], DROPOUT)
        return layer_norm(layer["ffn_norm"], hidden + outer), None

    hidden, _ = jax.lax.scan(layer, hidden, (layers, None if keys is None else keys[1:].reshape(count, 2)))
    return hidden


def classify(weights: Weights, hidden: jax.Array, batch: Batch, key: Key = None) -> jax.Array:
    """Return the logits (texts, tasks, max labels) of all classification heads, from the first token of each text.

    Labels that a task does not have get `MASKED_LOGIT`.
    """
    first = jnp.take(hidden.reshape(-1, hidden.shape[-1]), batch.first, axis=0)
    pre_classifier, classifier = weights["heads"]["pre_classifier"], weights["heads"]["classifier"]
    pooled = jnp.einsum("nd,tde->nte", first, pre_classifier["kernel"].astype(compute_dtype()))
    pooled = dropout(jax.nn.relu(pooled + pre_classifier["bias"].astype(compute_dtype())), key, HEAD_DROPOUT)
    kernel = classifier["kernel"].astype(compute_dtype())
    return jnp.einsum("nte,tel->ntl", pooled, kernel, preferred_element_type=jnp.float32) + classifier["bias"]


def span_token_logits(weights: Weights, hidden: jax.Array, sentiment: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the start and end logits (rows, `LENGTH`) of each token for the label `sentiment` (rows, `LENGTH`)."""
    logits = dense(weights["span_classifier"], hidden).astype(jnp.float32)
    labels = logits.shape[-1] // 2
    one_hot = jax.nn.one_hot(sentiment, labels)
    return (logits[..., :labels] * one_hot).sum(-1), (logits[..., labels:] * one_hot).sum(-1)


def log_softmax_by_text(logits: jax.Array, segment: jax.Array) -> jax.Array:
    """Return log probabilities (rows, `LENGTH`) of token `logits`, normalised over the tokens of each text."""
    same_text = segment[:, :, None] == segment[:, None, :]
    return logits - jax.nn.logsumexp(jnp.where(same_text, logits[:, None, :], MASKED_LOGIT), axis=-1)


def dense(weights: Weights, values: jax.Array) -> jax.Array:
    """Return a linear layer's output, in the type of matrix products."""
    return values @ weights["kernel"].astype(compute_dtype()) + weights["bias"].astype(compute_dtype())


def layer_norm(weights: Weights, values: jax.Array) -> jax.Array:
    """Return layer normalisation, computed in float32, in the type of matrix products."""
    wide = values.astype(jnp.float32)
    centred = wide - wide.mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
    return (scaled * weights["scale"] + weights["bias"]).astype(compute_dtype())


def dropout(values: jax.Array, key: Key, rate: float) -> jax.Array:
    """Return the values with dropout, or unchanged if `key` is None. The rate is rounded down to 1/256."""
    if key is None:
        return values
    dropped_of_256 = int(256 * rate)
    # random bytes are faster than random floats
    kept = jax.random.bits(key, values.shape, jnp.uint8) >= dropped_of_256
    return jnp.where(kept, values / (1 - dropped_of_256 / 256), 0).astype(values.dtype)
