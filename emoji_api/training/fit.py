"""Fits the network, epoch by epoch."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import tensorflow as tf
import tf_keras as keras
from sklearn.metrics import accuracy_score, f1_score
from tokenizers import Tokenizer
from transformers import create_optimizer

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Split, text_key
from emoji_api.training.examples.annotated import annotated_examples
from emoji_api.training.examples.augmentation import augment
from emoji_api.training.examples.batches import BucketedBatches
from emoji_api.training.examples.examples import Examples, class_weights, concatenate, labelled_examples
from emoji_api.training.examples.feedback import feedback_examples
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.examples.tweets import Tweets, add_emotion_pseudo_labels, add_out_of_domain_targets
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.network.precision import products_in_bfloat16
from emoji_api.training.network.spans import measure_spans, split_span_logits
from emoji_api.training.params import Params


@dataclass
class History:
    """What was measured after each epoch, and which epoch's weights were kept (counted from 1)."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0


def span_loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The cross-entropy of the right token among all, for one-hot `targets` (batch, length, labels): (batch,)."""
    return -tf.reduce_sum(targets * tf.nn.log_softmax(logits, axis=1), axis=(1, 2))


LOSSES = {"classification": keras.losses.CategoricalCrossentropy(from_logits=True), "span": span_loss}


def fit(
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    after_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, measured: None,
    after_step: Callable[[int, float], None] = lambda epoch, share: None,
) -> History:
    """Fit `network` in place; it ends with the weights of the epoch of the best mean of the tasks' validation scores.

    In each epoch the emotion texts come once, or as many as `params.tweets.rows` says, a share of them rewritten as
    tweets, mixed with a sample of the other tweets, which teach their own tasks, and emotion by guesses. Feedback and
    annotated tweets come whole.
    `after_epoch` gets the epoch, counted from 1, and what was measured; `after_step` the epoch, and the share of its
    steps that is done. An error that they raise ends the fitting.
    """
    tweets, tasks = data.tweets, data.tasks
    emotion = data.train.sample(params.fit.rows, params.seed) if params.fit.rows else data.train
    if EMOTION not in tasks:
        emotion = emotion.sample(0, params.seed)
    rng, text_rng = np.random.default_rng(params.seed), random.Random(params.seed)
    rows = params.tweets.rows if tweets else {}
    in_epoch = min(rows.get(EMOTION.name, len(emotion)), len(emotion))
    available = Counter(name for name, _ in tweets.kinds) if tweets else Counter()
    in_epoch += sum(min(size, available[name]) for name, size in rows.items())
    whole = feedback_examples(data.feedback, params.tweets.feedback_weight)
    annotated = data.annotations if params.tweets.annotated_weight else []
    if annotated:
        whole.append(annotated_examples(annotated, params.tweets.annotated_weight))
    known = {text_key(row.text) for row in annotated}
    in_epoch += sum(map(len, whole))
    steps = params.fit.epochs * in_epoch // params.fit.batch_size
    optimizer, _ = create_optimizer(
        init_lr=params.fit.learning_rate,
        num_train_steps=max(steps, 2),
        num_warmup_steps=int(params.fit.warm_up * steps),
        weight_decay_rate=params.fit.weight_decay,
        adam_global_clipnorm=1.0,
    )
    network.compile(
        optimizer=optimizer,
        loss={name: LOSSES[task.kind] for task in tasks for name in task.outputs},
    )
    history, best, best_weights = History(), -1.0, network.get_weights()
    with products_in_bfloat16(params.fit.bfloat16):
        for epoch in range(1, params.fit.epochs + 1):
            sample = emotion.sample(rows.get(EMOTION.name, len(emotion)), params.seed + epoch)
            parts = [emotion_examples(sample, params, text_rng), *whole]
            if tweets:
                parts.append(tweet_examples(network, tokenizer, tweets, known, epoch, params, rng))
            batches = BucketedBatches(
                concatenate(parts, tasks),
                tokenizer,
                lengths=params.lengths,
                batch_size=params.fit.batch_size,
                rng=rng,
            )
            watch = keras.callbacks.LambdaCallback(
                on_train_batch_end=partial(report_progress, after_step, epoch, len(batches))
            )
            fitted = network.fit(
                batches, initial_epoch=epoch - 1, epochs=epoch, shuffle=False, verbose=1, callbacks=[watch]
            )
            measured = {"loss": float(fitted.history["loss"][0])} | validate(network, tokenizer, data, params)
            history.epochs.append(measured)
            print(f"epoch {epoch}: " + ", ".join(f"{name} {value:.4f}" for name, value in measured.items()), flush=True)
            after_epoch(epoch, measured)
            if measured["score"] > best:
                best, best_weights, history.best_epoch = measured["score"], network.get_weights(), epoch
            elif epoch - history.best_epoch >= params.fit.patience:
                break
    network.set_weights(best_weights)
    return history


def report_progress(after_step: Callable[[int, float], None], epoch: int, steps: int, step: int, logs: object) -> None:
    """As Keras calls it, with the step counted from 0."""
    after_step(epoch, (step + 1) / steps)


def emotion_examples(emotion: Split, params: Params, rng: random.Random) -> Examples:
    """The emotion texts, a share of them rewritten as tweets."""
    texts = [
        augment(text, EMOTION.labels[label], rng) if rng.random() < params.fit.augmented else text
        for text, label in zip(emotion.texts, emotion.labels, strict=True)
    ]
    weights = class_weights(EMOTION, emotion.labels, params.fit.class_weight_power)
    return labelled_examples(texts, EMOTION, emotion.labels, weights, smoothing=params.fit.label_smoothing)


def tweet_examples(
    network: keras.Model,
    tokenizer: Tokenizer,
    tweets: Tweets,
    known: Collection[str],
    epoch: int,
    params: Params,
    rng: np.random.Generator,
) -> Examples:
    """This epoch's tweets with guessed emotions, but for texts whose keys are `known`.

    A fresh network cannot guess: cues and shares must do in the first epoch.
    """
    sample = add_out_of_domain_targets(tweets.sample(rng, params.tweets.rows), params.tweets.out_of_domain_weight)
    if EMOTION.name not in sample.examples.targets or not len(sample):
        return sample.examples
    probabilities = np.ones((len(sample), len(EMOTION.labels)))
    rows = [row for row, kind in enumerate(sample.kinds) if params.tweets.expects(kind)]
    if rows and (epoch > 1 or params.start):
        texts = [sample.examples.texts[row] for row in rows]
        logits = predict(network, tokenizer, texts, max(params.lengths))
        probabilities[rows] = softmax(logits[EMOTION.name])
    return add_emotion_pseudo_labels(sample, probabilities, params.tweets, known)


def validate(network: keras.Model, tokenizer: Tokenizer, data: TrainingData, params: Params) -> dict[str, float]:
    """Accuracy and macro F1 of each task on its measured splits; of a span the share that is exact, and the overlap.

    The `score` is the mean, over the tasks, of macro F1 or overlap on validation.
    """
    measured: dict[str, float] = {}
    scores = []
    for task in data.tasks:
        for name, split in data.eval_splits[task.name].items():
            if task.kind == "span":
                exact, overlap = measure_spans(split_span_logits(network, tokenizer, split, params.max_length))
                measured |= {f"{task.name}_{name}_exact": exact, f"{task.name}_{name}_overlap": overlap}
            else:
                predicted = predict(network, tokenizer, split.texts, params.max_length)[task.name].argmax(axis=1)
                macro_f1 = float(f1_score(split.labels, predicted, average="macro"))
                accuracy = float(accuracy_score(split.labels, predicted))
                measured |= {f"{task.name}_{name}_accuracy": accuracy, f"{task.name}_{name}_macro_f1": macro_f1}
        scores.append(measured[f"{task.name}_validation_{'overlap' if task.kind == 'span' else 'macro_f1'}"])
    return measured | {"score": float(np.mean(scores))}
