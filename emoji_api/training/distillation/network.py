"""DistilBERT and its heads as a function of its weights, over packed texts."""

from typing import Any

import jax
import jax.numpy as jnp

from emoji_api.training.distillation.packing import LENGTH, Batch

Weights = dict[str, Any]
Keys = Any
NONE = -1e9  # the score of what cannot be chosen
DROPOUT, HEAD_DROPOUT = 0.1, 0.2


def compute_dtype() -> Any:
    """Of the products: what is fast on a GPU, and a processor's XLA does not multiply into float32."""
    return jnp.bfloat16 if jax.default_backend() == "gpu" else jnp.float32


def dense(weights: Weights, values: jax.Array) -> jax.Array:
    """A layer, in the dtype of the products."""
    return values @ weights["kernel"].astype(compute_dtype()) + weights["bias"].astype(compute_dtype())


def norm(weights: Weights, values: jax.Array) -> jax.Array:
    """Layer normalisation, computed in float32."""
    wide = values.astype(jnp.float32)
    centred = wide - wide.mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
    return (scaled * weights["scale"] + weights["bias"]).astype(compute_dtype())


def dropped(values: jax.Array, key: Keys, rate: float) -> jax.Array:
    """The values with dropout, where there is a `key`; a random byte decides, which is quicker than a number."""
    if key is None:
        return values
    dropping = int(256 * rate)
    kept = jax.random.bits(key, values.shape, jnp.uint8) >= dropping
    return jnp.where(kept, values / (1 - dropping / 256), 0).astype(values.dtype)


def encode(weights: Weights, ids: jax.Array, batch: Batch, heads: int, key: Keys = None) -> jax.Array:
    """The last hidden states (rows, `LENGTH`, dim) of the tokens `ids` (rows, `LENGTH`); with a `key`, with dropout.

    A token attends to those of its own text.
    """
    layers = weights["layers"]
    count = layers["query"]["bias"].shape[0]
    keys = None if key is None else jax.random.split(key, 1 + 2 * count)
    words = jnp.take(weights["words"], ids, axis=0) + jnp.take(weights["positions"], batch.position, axis=0)
    hidden = dropped(norm(weights["embedded"], words), None if keys is None else keys[0], DROPOUT)
    same = batch.segment[:, None, :, None] == batch.segment[:, None, None, :]
    rows, _, dim = hidden.shape

    def split(values: jax.Array) -> jax.Array:
        return values.reshape(rows, LENGTH, heads, dim // heads).transpose(0, 2, 1, 3)

    def layer(hidden: jax.Array, of_layer: tuple[Weights, Keys]) -> tuple[jax.Array, None]:
        parts, keys = of_layer
        query, key, value = (split(dense(parts[name], hidden)) for name in ("query", "key", "value"))
        scores = jnp.einsum("bhqd,bhkd->bhqk", query, key, preferred_element_type=jnp.float32)
        attention = jax.nn.softmax(jnp.where(same, scores / (dim // heads) ** 0.5, NONE)).astype(compute_dtype())
        mixed = jnp.einsum("bhqk,bhkd->bhqd", attention, value).transpose(0, 2, 1, 3).reshape(rows, LENGTH, dim)
        mixed = dropped(dense(parts["out"], mixed), None if keys is None else keys[0], DROPOUT)
        hidden = norm(parts["attended"], hidden + mixed)
        fed = dense(parts["down"], jax.nn.gelu(dense(parts["up"], hidden), approximate=False))
        fed = dropped(fed, None if keys is None else keys[1], DROPOUT)
        return norm(parts["fed"], hidden + fed), None

    hidden, _ = jax.lax.scan(layer, hidden, (layers, None if keys is None else keys[1:].reshape(count, 2)))
    return hidden


def classify(weights: Weights, hidden: jax.Array, batch: Batch, key: Keys = None) -> jax.Array:
    """Logits (texts, tasks, most labels) of each text's first token; those of labels that a task lacks are `NONE`."""
    first = jnp.take(hidden.reshape(-1, hidden.shape[-1]), batch.first, axis=0)
    before, out = weights["heads"]["before"], weights["heads"]["out"]
    pooled = jnp.einsum("nd,tde->nte", first, before["kernel"].astype(compute_dtype()))
    pooled = dropped(jax.nn.relu(pooled + before["bias"].astype(compute_dtype())), key, HEAD_DROPOUT)
    kernel = out["kernel"].astype(compute_dtype())
    return jnp.einsum("nte,tel->ntl", pooled, kernel, preferred_element_type=jnp.float32) + out["bias"]


def token_span_logits(weights: Weights, hidden: jax.Array, label: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The start and the end score (rows, `LENGTH`) of each token, for the sentiment `label` (rows, `LENGTH`)."""
    scores = dense(weights["span"], hidden).astype(jnp.float32)
    size = scores.shape[-1] // 2
    chosen = jax.nn.one_hot(label, size)
    return (scores[..., :size] * chosen).sum(-1), (scores[..., size:] * chosen).sum(-1)


def log_softmax_by_text(scores: jax.Array, segment: jax.Array) -> jax.Array:
    """Of the `scores` (rows, `LENGTH`), each among those of its text."""
    same = segment[:, :, None] == segment[:, None, :]
    return scores - jax.nn.logsumexp(jnp.where(same, scores[:, None, :], NONE), axis=-1)
