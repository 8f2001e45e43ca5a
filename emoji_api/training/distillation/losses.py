"""Losses: masked language modelling, and the cross-entropy of all tasks with hard and soft targets."""

import jax
import jax.numpy as jnp

from emoji_api.training.distillation.data import Targets
from emoji_api.training.distillation.network import (
    Key,
    Weights,
    classify,
    compute_dtype,
    dense,
    encode,
    layer_norm,
    log_softmax_by_text,
    span_token_logits,
)
from emoji_api.training.distillation.packing import Batch

MASKED_PER_ROW = 19  # tokens: 15 % of a row
MIN_LOG_PROBABILITY = -100.0  # keeps the product with a target of zero finite


def masked_lm_loss(
    weights: Weights, token_ids: jax.Array, batch: Batch, attention_heads: int, mask_token_id: int, key: Key
) -> jax.Array:
    """Return the mean cross-entropy of masked tokens.

    As in BERT (Devlin et al., 2019, https://arxiv.org/abs/1810.04805) 15 % of the tokens are chosen; of these 80 % are
    replaced by `mask_token_id`, 10 % by a random token, and 10 % stay. The first and the last token of a text are
    special and never chosen.
    """
    tokens = jnp.take(token_ids, batch.token)
    choice_key, action_key, token_key, dropout_key = jax.random.split(key, 4)
    is_last = (batch.segment != jnp.roll(batch.segment, -1, axis=1)).at[:, -1].set(True)
    excluded = (batch.position == 0) | is_last | (batch.segment == 0)
    priority = jnp.where(excluded, -1.0, jax.random.uniform(choice_key, tokens.shape))
    priority, places = jax.lax.top_k(priority, MASKED_PER_ROW)
    is_masked = priority >= 0  # a row of few tokens has fewer candidates
    original = jnp.take_along_axis(tokens, places, axis=1)
    action = jax.random.uniform(action_key, places.shape)
    random_token = jax.random.randint(token_key, places.shape, 0, weights["word_embeddings"].shape[0])
    replacement = jnp.where(action < 0.8, mask_token_id, jnp.where(action < 0.9, random_token, original))
    rows = jnp.arange(tokens.shape[0])[:, None]
    masked_tokens = tokens.at[rows, places].set(jnp.where(is_masked, replacement, original))
    hidden = encode(weights, masked_tokens, batch, attention_heads, dropout_key)[rows, places]
    transformed = jax.nn.gelu(dense(weights["mlm_dense"], hidden), approximate=False)
    transformed = layer_norm(weights["mlm_norm"], transformed)
    words = weights["word_embeddings"].astype(compute_dtype())
    logits = jnp.einsum("bkd,vd->bkv", transformed, words, preferred_element_type=jnp.float32) + weights["mlm_bias"]
    losses = jax.nn.logsumexp(logits, axis=-1) - jnp.take_along_axis(logits, original[..., None], axis=-1)[..., 0]
    return jnp.where(is_masked, losses, 0).sum() / is_masked.sum().clip(1)


def task_loss(
    weights: Weights,
    targets: Targets,
    batch: Batch,
    attention_heads: int,
    key: Key,
    soft_target_share: jax.Array | float,
    unlabelled_weight: jax.Array | float,
) -> jax.Array:
    """Return the mean over the texts of the sum of the tasks' cross-entropies.

    Where a label is known, `soft_target_share` of its target is the teachers' prediction. Elsewhere the target is the
    teachers' prediction alone, weighted by `unlabelled_weight`.
    """
    encoder_key, head_key = jax.random.split(key)
    hidden = encode(weights, jnp.take(targets.token_ids, batch.token), batch, attention_heads, encoder_key)

    def by_text(values: jax.Array) -> jax.Array:
        return values[batch.text].astype(jnp.float32)

    def by_token(values: jax.Array) -> jax.Array:
        return values[batch.token].astype(jnp.float32)

    def mixed(hard: jax.Array, soft: jax.Array) -> jax.Array:
        return soft_target_share * soft + (1 - soft_target_share) * hard

    weight, soft = by_text(targets.weight), by_text(targets.soft)
    is_labelled = weight > 0
    target = jnp.where(is_labelled[..., None], mixed(by_text(targets.hard), soft), soft)
    logits = classify(weights, hidden, batch, head_key)
    losses = -(target * jax.nn.log_softmax(logits).clip(MIN_LOG_PROBABILITY)).sum(-1)
    loss = (jnp.where(is_labelled, weight, unlabelled_weight * by_text(targets.unlabelled_weight)) * losses).sum()
    start_and_end = span_token_logits(weights, hidden, targets.sentiment[batch.token])
    span_targets = (targets.hard_start, targets.soft_start), (targets.hard_end, targets.soft_end)
    for token_logits, (hard_tokens, soft_tokens) in zip(start_and_end, span_targets, strict=True):
        soft_token = by_token(soft_tokens)
        target = by_token(targets.phrase_weight) * mixed(by_token(hard_tokens), soft_token)
        target += unlabelled_weight * by_token(targets.soft_phrase_weight) * soft_token
        loss -= (target * log_softmax_by_text(token_logits, batch.segment)).sum()
    return loss / (batch.text < targets.hard.shape[0] - 1).sum()
