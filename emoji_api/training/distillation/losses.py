"""What is learned: masked words, and all tasks from labels and from teachers' answers."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from emoji_api.training.distillation.network import (
    Keys,
    Weights,
    classify,
    compute_dtype,
    dense,
    encode,
    log_softmax_by_text,
    norm,
    token_span_logits,
)
from emoji_api.training.distillation.packing import Batch

MASKED = 19  # tokens of a row: 15 of a hundred
LEAST = -100.0  # a log probability that is as good as zero


class Targets(NamedTuple):
    """What the texts teach, and behind the last text and token one of nothing.

    By text: `known` and `answered` (texts, tasks, most labels), by labels and by teachers; `weight` (texts, tasks),
    zero where no label is known; `unlabelled` (texts, tasks), what the teachers' answer weighs there, in shares.
    By token (tokens,): `ids`; `label`, the sentiment of its text; `start`, `end`, one where the phrase of its text
    starts and ends; `start_answered`, `end_answered`, with what probability, by teachers; `phrase`, one in a text whose
    phrase is known; `other_phrase`, one where only the teachers' answer is.
    """

    known: Any
    answered: Any
    weight: Any
    unlabelled: Any
    ids: Any
    label: Any
    start: Any
    end: Any
    start_answered: Any
    end_answered: Any
    phrase: Any
    other_phrase: Any


def masked_loss(weights: Weights, ids: jax.Array, batch: Batch, heads: int, mask: int, key: Keys) -> jax.Array:
    """The mean cross-entropy of masked words: of 15 in a hundred, 8 of 10 are `mask`, one another, one is left.

    As BERT was pretrained (Devlin et al., 2019, https://arxiv.org/abs/1810.04805). A text's first and last token are
    special, and never masked.
    """
    tokens = jnp.take(ids, batch.token)
    choose, how, what, drop = jax.random.split(key, 4)
    last = (batch.segment != jnp.roll(batch.segment, -1, axis=1)).at[:, -1].set(True)
    special = (batch.position == 0) | last | (batch.segment == 0)
    best, places = jax.lax.top_k(jnp.where(special, -1.0, jax.random.uniform(choose, tokens.shape)), MASKED)
    right = jnp.take_along_axis(tokens, places, axis=1)
    draw = jax.random.uniform(how, places.shape)
    word = jax.random.randint(what, places.shape, 0, weights["words"].shape[0])
    masked = jnp.where(draw < 0.8, mask, jnp.where(draw < 0.9, word, right))
    rows = jnp.arange(tokens.shape[0])[:, None]
    shown = tokens.at[rows, places].set(jnp.where(best < 0, right, masked))
    hidden = encode(weights, shown, batch, heads, drop)[rows, places]
    guess = norm(weights["guessed"], jax.nn.gelu(dense(weights["guess"], hidden), approximate=False))
    words = weights["words"].astype(compute_dtype())
    logits = jnp.einsum("bkd,vd->bkv", guess, words, preferred_element_type=jnp.float32) + weights["frequency"]
    losses = jax.nn.logsumexp(logits, axis=-1) - jnp.take_along_axis(logits, right[..., None], axis=-1)[..., 0]
    return jnp.where(best < 0, 0, losses).sum() / (best >= 0).sum().clip(1)


def tasks_loss(
    weights: Weights,
    targets: Targets,
    batch: Batch,
    heads: int,
    key: Keys,
    share: jax.Array | float,
    unlabelled: jax.Array | float,
) -> jax.Array:
    """The mean over the texts of the sum of the tasks' cross-entropies.

    `share` of the target is the teachers' answer where a label is known; where none is, all of it is, and weighs
    `unlabelled`.
    """
    drop, drop_in_heads = jax.random.split(key)
    hidden = encode(weights, jnp.take(targets.ids, batch.token), batch, heads, drop)

    def of_text(values: jax.Array) -> jax.Array:
        return values[batch.text].astype(jnp.float32)

    def of_token(values: jax.Array) -> jax.Array:
        return values[batch.token].astype(jnp.float32)

    weight, answered = of_text(targets.weight), of_text(targets.answered)
    labelled = weight > 0
    target = jnp.where(labelled[..., None], share * answered + (1 - share) * of_text(targets.known), answered)
    logits = classify(weights, hidden, batch, drop_in_heads)
    losses = -(target * jax.nn.log_softmax(logits).clip(LEAST)).sum(-1)
    loss = (jnp.where(labelled, weight, unlabelled * of_text(targets.unlabelled)) * losses).sum()
    scores = token_span_logits(weights, hidden, targets.label[batch.token])
    right = (targets.start, targets.end), (targets.start_answered, targets.end_answered)
    for of_end, known, answer in zip(scores, *right, strict=True):
        target = of_token(targets.phrase) * (share * of_token(answer) + (1 - share) * of_token(known))
        target += unlabelled * of_token(targets.other_phrase) * of_token(answer)
        loss -= (target * log_softmax_by_text(of_end, batch.segment)).sum()
    return loss / (batch.text < targets.known.shape[0] - 1).sum()
