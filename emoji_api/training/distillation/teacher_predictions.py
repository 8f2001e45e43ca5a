"""What the teachers answer: for a text that some did not learn from, these."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import softmax

from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.network import (
    Weights,
    classify,
    encode,
    log_softmax_by_text,
    token_span_logits,
)
from emoji_api.training.distillation.packing import Batch, batches

SHARPER = 1.15  # a geometric mean of two answers is blunter than they are: its logarithm is multiplied by this
ROWS = 128  # of tokens, at a time


def out_of_fold_targets(data: DistillationData, teachers: Weights, left_out: np.ndarray, heads: int) -> Targets:
    """The targets with the teachers' answers: their mean probabilities of the labels, and of a phrase's ends.

    `teachers` have an axis of them in front, `left_out` (teachers,) is the fold that each did not learn from. Where a
    label is known, only those answer that did not learn it; elsewhere all.
    """
    texts, targets = data.texts, data.targets
    fold = jnp.append(jnp.array(data.fold), 0)
    fold_of_token = jnp.append(jnp.array(np.repeat(data.fold, texts.lengths)), 0)

    def of_teacher(weights: Weights, targets: Targets, batch: Batch) -> tuple[jax.Array, ...]:
        hidden = encode(weights, targets.ids[batch.token], batch, heads)
        ends = token_span_logits(weights, hidden, targets.label[batch.token])
        chances = (jnp.exp(log_softmax_by_text(of_end, batch.segment)) for of_end in ends)
        return jax.nn.softmax(classify(weights, hidden, batch)), *chances

    @jax.jit
    def of_all(teachers: Weights, targets: Targets, left_out: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        of_labels, *of_ends = jax.vmap(of_teacher, in_axes=(0, None, None))(teachers, targets, batch)
        labelled, has_phrase = targets.weight[batch.text] > 0, targets.phrase[batch.token] > 0
        chosen = mean_of(of_labels, left_out, fold[batch.text], labelled[..., None])
        return chosen, *(mean_of(of_end, left_out, fold_of_token[batch.token], has_phrase) for of_end in of_ends)

    on_device = jax.tree.map(jnp.asarray, targets)
    answered, *ends = (np.zeros_like(values) for values in (targets.known, targets.start, targets.end))
    for batch in batches(texts, np.arange(len(texts)), ROWS):
        of_labels, *of_ends = of_all(teachers, on_device, jnp.array(left_out), batch)
        answered[batch.text] = np.asarray(of_labels)
        for end, values in zip(ends, of_ends, strict=True):
            end[batch.token] = np.asarray(values)
    for values in (answered, *ends):
        values[-1] = 0  # what batches are filled up with
    return targets._replace(answered=answered, start_answered=ends[0], end_answered=ends[1])


def mean_of(answers: jax.Array, left_out: jax.Array, fold: jax.Array, known: jax.Array) -> jax.Array:
    """The mean of the `answers` (teachers, places, ...) of all; where the label is `known`, of those who did not learn.

    `left_out` (teachers,) is the fold that each did not learn from, `fold` (places) that of each place; where none left
    it out, all answer.
    """
    asked = left_out.reshape(-1, *[1] * fold.ndim) == fold
    asked = jnp.where(asked.any(axis=0), asked, True)
    asked = asked.reshape(*asked.shape, *[1] * (answers.ndim - asked.ndim))
    return jnp.where(known, (answers * asked).sum(axis=0) / asked.sum(axis=0), answers.mean(axis=0))


def mix_ngram_predictions(
    targets: Targets, data: DistillationData, answers: Mapping[str, np.ndarray], shares: Mapping[str, float]
) -> Targets:
    """The targets, whose answers for tweets are mixed with those of regressions, by task with the share of these.

    `answers` are by task (tweets, labels).
    """
    answered = targets.answered.copy()
    tweets = data.tweets
    for number, task in enumerate(data.tasks):
        if share := shares.get(task.name, 0.0):
            size = len(task.labels)
            networks = answered[tweets, number, :size].astype(np.float32)
            mixed = (1 - share) * np.log(networks.clip(1e-6)) + share * np.log(answers[task.name].clip(1e-5))
            answered[tweets, number, :size] = softmax(SHARPER * mixed, axis=1)
    return targets._replace(answered=answered)
