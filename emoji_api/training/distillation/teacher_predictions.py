"""Out-of-fold predictions of the teachers as soft targets, mixed with those of n-gram classifiers."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import softmax

from emoji_api.progress import track
from emoji_api.training.distillation.data import DistillationData, Targets
from emoji_api.training.distillation.network import (
    Weights,
    classify,
    encode,
    log_softmax_by_text,
    span_token_logits,
)
from emoji_api.training.distillation.packing import Batch, packed_batches

SHARPENING = 1.15  # factor of the mixed log probabilities, since a geometric mean of two predictions is less confident
BATCH_ROWS = 128


def out_of_fold_targets(
    data: DistillationData, teachers: Weights, left_out: np.ndarray, attention_heads: int
) -> Targets:
    """Return the targets with the teachers' mean probabilities as soft targets.

    `teachers` has a leading axis of teachers, `left_out` (teachers,) is the fold that each was not trained on. Where a
    label is known, only the teachers that were not trained on the text predict; elsewhere all do.
    """
    texts, targets = data.tokenized, data.targets
    fold = jnp.append(jnp.array(data.fold), 0)
    fold_by_token = jnp.append(jnp.array(np.repeat(data.fold, texts.lengths)), 0)

    def predict(weights: Weights, targets: Targets, batch: Batch) -> tuple[jax.Array, ...]:
        hidden = encode(weights, targets.token_ids[batch.token], batch, attention_heads)
        span_logits = span_token_logits(weights, hidden, targets.sentiment[batch.token])
        start_and_end = (jnp.exp(log_softmax_by_text(logits, batch.segment)) for logits in span_logits)
        return jax.nn.softmax(classify(weights, hidden, batch)), *start_and_end

    @jax.jit
    def predict_mean(teachers: Weights, targets: Targets, left_out: jax.Array, batch: Batch) -> tuple[jax.Array, ...]:
        labels, *start_and_end = jax.vmap(predict, in_axes=(0, None, None))(teachers, targets, batch)
        is_labelled, has_phrase = targets.weight[batch.text] > 0, targets.phrase_weight[batch.token] > 0
        mean_labels = out_of_fold_mean(labels, left_out, fold[batch.text], is_labelled[..., None])
        token_folds = fold_by_token[batch.token]
        return mean_labels, *(out_of_fold_mean(tokens, left_out, token_folds, has_phrase) for tokens in start_and_end)

    on_device = jax.tree.map(jnp.asarray, targets)
    soft, soft_start, soft_end = (
        np.zeros_like(values) for values in (targets.hard, targets.hard_start, targets.hard_end)
    )
    for batch in track(list(packed_batches(texts, np.arange(len(texts)), BATCH_ROWS)), "predictions of the teachers"):
        labels, start, end = predict_mean(teachers, on_device, jnp.array(left_out), batch)
        soft[batch.text] = np.asarray(labels)
        soft_start[batch.token] = np.asarray(start)
        soft_end[batch.token] = np.asarray(end)
    for values in (soft, soft_start, soft_end):
        values[-1] = 0  # padding
    return targets._replace(soft=soft, soft_start=soft_start, soft_end=soft_end)


def out_of_fold_mean(predictions: jax.Array, left_out: jax.Array, fold: jax.Array, known: jax.Array) -> jax.Array:
    """Return the mean of `predictions` (teachers, *places, ...) over the teachers.

    Where the label is `known`, only teachers that left out the fold of the place are averaged, or all if none did.
    `left_out` is (teachers,), `fold` has the shape of the places, `known` broadcasts with the mean.
    """
    selected = left_out.reshape(-1, *[1] * fold.ndim) == fold
    selected = jnp.where(selected.any(axis=0), selected, True)
    selected = selected.reshape(*selected.shape, *[1] * (predictions.ndim - selected.ndim))
    out_of_fold = (predictions * selected).sum(axis=0) / selected.sum(axis=0)
    return jnp.where(known, out_of_fold, predictions.mean(axis=0))


def mix_ngram_predictions(
    targets: Targets, data: DistillationData, predictions: Mapping[str, np.ndarray], shares: Mapping[str, float]
) -> Targets:
    """Return the targets with the tweets' soft targets mixed geometrically with n-gram `predictions`.

    `predictions` (tweets, labels) and `shares`, the weights of the n-gram classifiers, are by task name.
    """
    soft = targets.soft.copy()
    tweets = data.tweets
    for number, task in enumerate(data.tasks):
        if share := shares.get(task.name, 0.0):
            labels = len(task.labels)
            teachers = soft[tweets, number, :labels].astype(np.float32)
            mixed = (1 - share) * np.log(teachers.clip(1e-6)) + share * np.log(predictions[task.name].clip(1e-5))
            soft[tweets, number, :labels] = softmax(SHARPENING * mixed, axis=1)
    return targets._replace(soft=soft)
