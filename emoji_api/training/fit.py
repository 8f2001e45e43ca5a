"""Fits the network, epoch by epoch."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf
import tf_keras as keras
from sklearn.metrics import accuracy_score, f1_score
from tokenizers import Tokenizer
from transformers import create_optimizer

from emoji_api.tasks import EMOTION, Task
from emoji_api.training.augment import augment
from emoji_api.training.batches import BucketedBatches, pad, tokenize
from emoji_api.training.datasets import Split
from emoji_api.training.examples import Examples, class_weights, concatenate, labelled
from emoji_api.training.params import Params
from emoji_api.training.tweets import Tweets, with_guesses


@dataclass
class History:
    """What was measured after each epoch, and which epoch's weights were kept (counted from 1)."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0


def predict(network: keras.Model, tokenizer: Tokenizer, texts: Sequence[str], max_length: int) -> dict[str, np.ndarray]:
    """Logits by task name, (texts, labels), in the order of `texts`."""
    ids = tokenize(tokenizer, texts, max_length)
    order = np.argsort([len(row) for row in ids], kind="stable")
    forward = tf.function(
        lambda input_ids, attention_mask: network(
            {"input_ids": input_ids, "attention_mask": attention_mask}, training=False
        ),
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None), tf.int32)],
    )
    parts: dict[str, list[np.ndarray]] = {}
    for at in range(0, len(order), 64):
        rows = [ids[row] for row in order[at : at + 64]]
        for name, logits in forward(**pad(rows, len(rows[-1]))).items():
            parts.setdefault(name, []).append(logits.numpy())
    back = np.argsort(order, kind="stable")
    return {name: np.concatenate(values)[back] for name, values in parts.items()}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def fit(
    network: keras.Model,
    tokenizer: Tokenizer,
    *,
    emotion: Split,
    validation: Mapping[str, Split],
    tweets: Tweets | None,
    tasks: Sequence[Task],
    params: Params,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> History:
    """Fit `network` in place; it ends with the weights of the epoch of the best macro F1 on `validation["validation"]`.

    In each epoch the emotion texts come once, a share of them rewritten as tweets, mixed with a sample of the
    `tweets`, which teach their own tasks, and emotion by guesses.
    """
    emotion = emotion.sample(params.fit.rows, params.seed) if params.fit.rows else emotion
    rng, text_rng = np.random.default_rng(params.seed), random.Random(params.seed)
    rows = params.fit.epochs * len(emotion)
    if tweets:
        rows += params.tweets.first_epoch + (params.fit.epochs - 1) * params.tweets.per_epoch
    steps = rows // params.fit.batch_size
    optimizer, _ = create_optimizer(
        init_lr=params.fit.learning_rate,
        num_train_steps=max(steps, 2),
        num_warmup_steps=int(params.fit.warm_up * steps),
        weight_decay_rate=params.fit.weight_decay,
        adam_global_clipnorm=1.0,
    )
    network.compile(
        optimizer=optimizer,
        loss={task.name: keras.losses.CategoricalCrossentropy(from_logits=True) for task in tasks},
        jit_compile=True,
    )
    history, best, best_weights = History(), -1.0, network.get_weights()
    for epoch in range(1, params.fit.epochs + 1):
        parts = [emotion_examples(emotion, params, text_rng)]
        if tweets:
            parts.append(tweet_examples(network, tokenizer, tweets, epoch, params, rng))
        batches = BucketedBatches(
            concatenate(parts, tasks),
            tokenizer,
            lengths=params.fit.lengths,
            batch_size=params.fit.batch_size,
            rng=rng,
        )
        fitted = network.fit(batches, initial_epoch=epoch - 1, epochs=epoch, shuffle=False, verbose=1)
        measured = {"loss": float(fitted.history["loss"][0])} | validate(network, tokenizer, validation, params)
        history.epochs.append(measured)
        print(f"epoch {epoch}: " + ", ".join(f"{name} {value:.4f}" for name, value in measured.items()), flush=True)
        after_epoch(epoch)
        if measured["validation_macro_f1"] > best:
            best, best_weights, history.best_epoch = measured["validation_macro_f1"], network.get_weights(), epoch
        elif epoch - history.best_epoch >= params.fit.patience:
            break
    network.set_weights(best_weights)
    return history


def emotion_examples(emotion: Split, params: Params, rng: random.Random) -> Examples:
    """The emotion texts, a share of them rewritten as tweets."""
    texts = [
        augment(text, EMOTION.labels[label], rng) if rng.random() < params.fit.augmented else text
        for text, label in zip(emotion.texts, emotion.labels, strict=True)
    ]
    weights = class_weights(EMOTION, emotion.labels, params.fit.class_weight_power)
    return labelled(texts, EMOTION, emotion.labels, weights)


def tweet_examples(
    network: keras.Model,
    tokenizer: Tokenizer,
    tweets: Tweets,
    epoch: int,
    params: Params,
    rng: np.random.Generator,
) -> Examples:
    """This epoch's tweets with guessed emotions. In the first the network cannot guess: cues and shares must do."""
    if epoch == 1:
        sample = tweets.sample(rng, params.tweets.first_epoch)
        return with_guesses(sample, np.ones((len(sample), len(EMOTION.labels))), params.tweets)
    sample = tweets.sample(rng, params.tweets.per_epoch)
    logits = predict(network, tokenizer, sample.examples.texts, max(params.fit.lengths))
    return with_guesses(sample, softmax(logits[EMOTION.name]), params.tweets)


def validate(
    network: keras.Model, tokenizer: Tokenizer, splits: Mapping[str, Split], params: Params
) -> dict[str, float]:
    """Accuracy and macro F1 of the emotion head on each of `splits`."""
    measured = {}
    for name, split in splits.items():
        predicted = predict(network, tokenizer, split.texts, params.max_length)[EMOTION.name].argmax(axis=1)
        measured[f"{name}_accuracy"] = float(accuracy_score(split.labels, predicted))
        measured[f"{name}_macro_f1"] = float(f1_score(split.labels, predicted, average="macro"))
    return measured
