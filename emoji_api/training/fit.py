"""Multi-task fine-tuning of a network, epoch by epoch."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import tensorflow as tf
import tf_keras as keras
from sklearn.metrics import accuracy_score, f1_score
from tokenizers import Tokenizer
from transformers import create_optimizer

from emoji_api.progress import TEXTS, Stage, is_shown, stage
from emoji_api.tasks import EMOTION, Task
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
from emoji_api.training.params import FitParams, Params

AfterEpoch = Callable[[int, Mapping[str, float]], None]
"""A callback with the epoch, counted from 1, and its metrics by name."""
AfterStep = Callable[[int, float], None]
"""A callback with the epoch, counted from 1, and the share of its steps that is done."""


@dataclass
class History:
    """The metrics of each epoch, and the epoch of the best validation score, counted from 1; 0 before the first."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0


def ignore_epoch(epoch: int, metrics: Mapping[str, float]) -> None:
    """Do nothing after an epoch."""


def ignore_step(epoch: int, share: float) -> None:
    """Do nothing after a step."""


def fit(
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    after_epoch: AfterEpoch = ignore_epoch,
    after_step: AfterStep = ignore_step,
) -> History:
    """Fine-tune `network` in place on all tasks of `data`, and return the metrics of each epoch.

    After each epoch `validate` computes the score; fitting stops when it has not improved for `params.fit.patience`
    epochs. The network ends with the weights of the epoch of the best score. An exception raised by `after_epoch` or
    `after_step` ends the fitting and is passed on.
    """
    sampler = EpochSampler(data, params)
    steps = params.fit.epochs * sampler.rows // params.fit.batch_size
    compile_network(network, data.tasks, params.fit, steps)
    history, best_score, best_weights = History(), -1.0, network.get_weights()
    with products_in_bfloat16(params.fit.bfloat16), stage("training", params.fit.epochs, "epochs") as training:
        for epoch in range(1, params.fit.epochs + 1):
            batches = BucketedBatches(
                sampler.examples(epoch, network, tokenizer),
                tokenizer,
                lengths=params.lengths,
                batch_size=params.fit.batch_size,
                rng=sampler.rng,
            )
            with stage(f"epoch {epoch}", len(batches), "steps") as fitting:
                progress = keras.callbacks.LambdaCallback(
                    on_train_batch_end=partial(report_progress, after_step, epoch, len(batches), training, fitting)
                )
                fitted = network.fit(
                    batches,
                    initial_epoch=epoch - 1,
                    epochs=epoch,
                    shuffle=False,
                    verbose=0 if is_shown() else 1,
                    callbacks=[progress],
                )
            metrics = {"loss": float(fitted.history["loss"][0])} | validate(network, tokenizer, data, params)
            history.epochs.append(metrics)
            print(f"epoch {epoch}: " + ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()), flush=True)
            after_epoch(epoch, metrics)
            if metrics["score"] > best_score:
                best_score, best_weights, history.best_epoch = metrics["score"], network.get_weights(), epoch
            elif epoch - history.best_epoch >= params.fit.patience:
                break
    network.set_weights(best_weights)
    return history


def compile_network(network: keras.Model, tasks: Sequence[Task], params: FitParams, steps: int) -> None:
    """Compile `network` with a cross-entropy loss per output and AdamW.

    The learning rate rises linearly over the share `params.warm_up` of the `steps` and then decays linearly to zero.
    """
    optimizer, _ = create_optimizer(
        init_lr=params.learning_rate,
        num_train_steps=max(steps, 2),
        num_warmup_steps=int(params.warm_up * steps),
        weight_decay_rate=params.weight_decay,
        adam_global_clipnorm=1.0,
    )
    network.compile(optimizer=optimizer, loss={name: LOSSES[task.kind] for task in tasks for name in task.outputs})


def span_loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the cross-entropy over the tokens, (batch,), for one-hot `targets` (batch, length, labels).

    A row of zeros has no target token and the loss 0.
    """
    return -tf.reduce_sum(targets * tf.nn.log_softmax(logits, axis=1), axis=(1, 2))


LOSSES = {"classification": keras.losses.CategoricalCrossentropy(from_logits=True), "span": span_loss}


def report_progress(
    after_step: AfterStep, epoch: int, steps: int, training: Stage, fitting: Stage, step: int, logs: object
) -> None:
    """Advance the stages of the `training` and of the epoch, and call `after_step` with the share of `steps` done.

    `step` counts from 0, as in Keras.
    """
    training.advance(1 / steps)
    fitting.advance()
    after_step(epoch, (step + 1) / steps)


class EpochSampler:
    """The training examples of each epoch.

    An epoch has the emotion texts, or a sample of `params.tweets.rows["emotion"]` of them, some of them augmented; a
    new sample of the tweet data sets, with pseudo-labels for emotion; and all feedback and all annotated tweets.

    `fixed_examples` are those of feedback and annotations, the same in every epoch; `sizes` are the rows to sample from
    each data set. `text_rng` drives the augmentation. `rng` draws the tweets and shuffles the batches, so that one seed
    determines an epoch.
    """

    def __init__(self, data: TrainingData, params: Params):
        self.params = params
        self.tasks = data.tasks
        self.tweets = data.tweets
        self.rng = np.random.default_rng(params.seed)
        self.text_rng = random.Random(params.seed)
        emotion = data.train.sample(params.fit.rows, params.seed) if params.fit.rows else data.train
        self.emotion = emotion if EMOTION in data.tasks else emotion.sample(0, params.seed)
        self.sizes = params.tweets.rows if data.tweets else {}
        annotations = data.annotations if params.tweets.annotated_weight else []
        self.annotated_keys = {text_key(annotation.text) for annotation in annotations}
        self.fixed_examples = feedback_examples(data.feedback, params.tweets.feedback_weight)
        if annotations:
            self.fixed_examples.append(annotated_examples(annotations, params.tweets.annotated_weight))

    @property
    def emotion_rows(self) -> int:
        """The number of emotion texts in an epoch."""
        return min(self.sizes.get(EMOTION.name, len(self.emotion)), len(self.emotion))

    @property
    def rows(self) -> int:
        """The number of examples in an epoch."""
        available = Counter(dataset for dataset, _ in self.tweets.kinds) if self.tweets else Counter()
        tweets = sum(min(size, available[dataset]) for dataset, size in self.sizes.items())
        return self.emotion_rows + tweets + sum(map(len, self.fixed_examples))

    def examples(self, epoch: int, network: keras.Model, tokenizer: Tokenizer) -> Examples:
        """Return the examples of `epoch`; the `network` as it is now predicts the pseudo-labels."""
        emotion = self.emotion.sample(self.emotion_rows, self.params.seed + epoch)
        parts = [emotion_examples(emotion, self.params, self.text_rng), *self.fixed_examples]
        if self.tweets:
            parts.append(
                tweet_examples(network, tokenizer, self.tweets, self.annotated_keys, epoch, self.params, self.rng)
            )
        return concatenate(parts, self.tasks)


def emotion_examples(emotion: Split, params: Params, rng: random.Random) -> Examples:
    """Return the emotion texts as examples; the share `params.fit.augmented` of them is rewritten as tweets."""
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
    annotated_keys: Collection[str],
    epoch: int,
    params: Params,
    rng: np.random.Generator,
) -> Examples:
    """Return a sample of `tweets` with their own labels, and with pseudo-labels for emotion.

    The network predicts the pseudo-labels, except in the first epoch of a new network: then they come from cues and
    class priors alone. Tweets whose `text_key` is in `annotated_keys` get none, since their emotion is known.
    """
    sample = add_out_of_domain_targets(tweets.sample(rng, params.tweets.rows), params.tweets.out_of_domain_weight)
    if EMOTION.name not in sample.examples.targets or not len(sample):
        return sample.examples
    probabilities = np.ones((len(sample), len(EMOTION.labels)))
    rows = [row for row, kind in enumerate(sample.kinds) if params.tweets.expects(kind)]
    if rows and (epoch > 1 or params.start):
        texts = [sample.examples.texts[row] for row in rows]
        with stage("pseudo-labels", len(texts), TEXTS):
            logits = predict(network, tokenizer, texts, max(params.lengths))
        probabilities[rows] = softmax(logits[EMOTION.name])
    return add_emotion_pseudo_labels(sample, probabilities, params.tweets, annotated_keys)


def validate(network: keras.Model, tokenizer: Tokenizer, data: TrainingData, params: Params) -> dict[str, float]:
    """Return the metrics of each task on its evaluation splits.

    They are accuracy and macro F1 for a classification task, exact match and mean token overlap for a span task. The
    `score` is the mean over the tasks of macro F1 or overlap on the validation split.
    """
    metrics: dict[str, float] = {}
    texts = sum(len(split) for task in data.tasks for split in data.eval_splits[task.name].values())
    with stage("validation", texts, TEXTS):
        for task in data.tasks:
            for name, split in data.eval_splits[task.name].items():
                metrics |= validate_task(network, tokenizer, task, name, split, params)
    scores = [
        metrics[f"{task.name}_validation_{'overlap' if task.kind == 'span' else 'macro_f1'}"] for task in data.tasks
    ]
    return metrics | {"score": float(np.mean(scores))}


def validate_task(
    network: keras.Model, tokenizer: Tokenizer, task: Task, name: str, split: Split, params: Params
) -> dict[str, float]:
    """Return the metrics of one task on its evaluation split `name`, as `validate` does."""
    if task.kind == "span":
        exact, overlap = measure_spans(split_span_logits(network, tokenizer, split, params.max_length))
        return {f"{task.name}_{name}_exact": exact, f"{task.name}_{name}_overlap": overlap}
    predicted = predict(network, tokenizer, split.texts, params.max_length)[task.name].argmax(axis=1)
    macro_f1 = float(f1_score(split.labels, predicted, average="macro"))
    accuracy = float(accuracy_score(split.labels, predicted))
    return {f"{task.name}_{name}_accuracy": accuracy, f"{task.name}_{name}_macro_f1": macro_f1}
