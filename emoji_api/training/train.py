"""Training: from parameters and data to a bundle."""

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder
from emoji_api.inference.bundle import TOKENIZER, read_bundle
from emoji_api.tasks import Task
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.metrics import classification_metrics
from emoji_api.training.examples.soft_targets import add_soft_targets
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.bundle import require_writable, source_commit, write_bundle
from emoji_api.training.export.weights import assign_weights, read_weights
from emoji_api.training.fit import AfterEpoch, AfterStep, History, fit, ignore_epoch, ignore_step
from emoji_api.training.network.build import build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.network.vocabulary import build_tokenizer, embed_emoji
from emoji_api.training.params import Params
from emoji_api.training.tracker import Tracker


def train(
    params: Params, out: Path, *, replace: bool = False, tracker: Tracker | None = None, checks: Path | None = None
) -> Path:
    """Read and check the data, fine-tune the network, write the bundle into the folder `out`, and return its path.

    The `tracker` is notified of the progress. The reports of the data checks are written as HTML pages into the folder
    `checks`, if given. A training that fails leaves no bundle.

    Raises DataError if `out` exists and `replace` is false, if the data cannot be read or do not pass the checks, and
    ExportError if an exported network does not give the same answers as the fitted one.
    """
    require_writable(out, replace)
    data = read_data(params)
    require_valid_data(data.datasets, params.data, checks)
    tracker = tracker or Tracker()
    tracker.started(params, data)
    tuning = FineTuning(params, data)
    tuning.fit(tracker.epoch_ended, tracker.advanced)
    tuning.save(out, replace=replace, mlflow_run=tracker.run_id)
    tracker.written(out)
    return out


class FineTuning:
    """The fine-tuning of a pretrained encoder on `data`, step by step.

        tuning = FineTuning(params, read_data(params))
        tuning.fit()
        tuning.evaluate(EMOTION, split)
        tuning.save("instance/models/tweets")

    `network` is the Keras model and `tokenizer` its tokenizer; `history` has the metrics of each epoch. The random seed
    of Python, NumPy and TensorFlow is set to `params.seed`. Raises DataError if the encoder cannot read
    `params.max_length` tokens, and BundleError if the bundle `params.start` cannot be read.
    """

    def __init__(self, params: Params, data: TrainingData):
        self.params = params
        self.data = data
        self.history = History()
        # noted at the start, because source files may change during hours of training
        self.started, self.commit = time.monotonic(), source_commit()
        keras.utils.set_random_seed(params.seed)
        self.network, self.tokenizer = start_network(params, data)

    def fit(self, after_epoch: AfterEpoch = ignore_epoch, after_step: AfterStep = ignore_step) -> History:
        """Fit the network on all tasks, keep the weights of the best epoch, and return the history.

        See `emoji_api.training.fit.fit` for the callbacks. Raises DataError if there are teachers but no tweets.
        """
        data = add_teacher_predictions(self.data, self.params)
        self.history = fit(self.network, self.tokenizer, data, self.params, after_epoch, after_step)
        return self.history

    def evaluate(self, task: Task, split: Split) -> dict[str, Any]:
        """Return the `classification_metrics` of the network as it is now, without calibration and quantisation."""
        logits = predict(self.network, self.tokenizer, split.texts, self.params.max_length)[task.name]
        return classification_metrics(task, softmax(logits), np.array(split.labels))

    def save(self, out: str | Path, *, replace: bool = False, mlflow_run: str | None = None) -> Path:
        """Calibrate, export and evaluate the network, write the bundle `out`, and return its path.

        Calibration adds to the biases of the network's heads. The folder appears complete or not at all. `mlflow_run`
        is recorded in `bundle.json`. Raises DataError if `out` exists and `replace` is false, and ExportError if an
        exported network does not give the same answers as the fitted one.
        """
        out = Path(out)
        require_writable(out, replace)
        provenance = training_record(self.params, self.history, self.started, self.commit) | {"mlflow_run": mlflow_run}
        with atomic_folder(out, replace=replace) as folder:
            write_bundle(folder, self.network, self.tokenizer, self.data, self.params, provenance)
        return out


def start_network(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """Return the network and the tokenizer that a training starts with.

    Without `params.start` they are the pretrained encoder with randomly initialised heads, and its tokenizer with the
    emoji of the training texts added. With `params.start` they have the weights and the tokenizer of that bundle; heads
    that it lacks are initialised randomly. Raises DataError if `params.max_length` exceeds the positions of the
    encoder, and BundleError if the bundle `params.start` cannot be read.
    """
    checkpoint = load_checkpoint(params.encoder)
    positions = checkpoint.config.max_position_embeddings
    if params.max_length > positions:
        raise DataError(f"the encoder {params.encoder!r} reads at most {positions} tokens, not {params.max_length}")
    weights = dict(checkpoint.weights)
    if params.start:
        bundle, start_weights = read_weights(Path(params.start))
        tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
    else:
        texts = data.train.texts + (data.tweets.examples.texts if data.tweets else [])
        tokenizer, rows = build_tokenizer(checkpoint.tokenizer_file, texts)
        embeddings = "embeddings.word_embeddings.weight"
        weights[embeddings], start_weights = embed_emoji(weights[embeddings], rows), {}
    encoder = build_encoder(checkpoint.config, weights)
    encoder.trainable = not params.fit.freeze_encoder
    network = build_network(encoder, data.tasks)
    assign_weights(network, start_weights)
    return network, tokenizer


def add_teacher_predictions(data: TrainingData, params: Params) -> TrainingData:
    """Return the data with the predictions of the teacher bundles as soft targets of the tweets.

    The predictions of one teacher take minutes. Raises DataError if there are teachers but no tweets, and BundleError
    if a teacher's bundle cannot be read.
    """
    if not params.teachers.bundles:
        return data
    if not data.tweets:
        raise DataError("teachers need tweets to label, and the parameters name no data set of tweets")
    tweets = add_soft_targets(data.tweets, data.tasks, params.teachers, threads=os.cpu_count() or 1)
    return dataclasses.replace(data, tweets=tweets)


def training_record(params: Params, history: History, started: float, commit: str | None) -> dict[str, Any]:
    """Return the entries of `bundle.json` about a training.

    `started` is its start in seconds of `time.monotonic`, `commit` that of the source code. Paths of this machine are
    left out: an encoder in a folder is named by the folder, start and teacher bundles by their versions.
    """
    encoder = Path(params.encoder).name if Path(params.encoder).exists() else params.encoder
    without_paths = {
        "data": None,
        "encoder": encoder,
        "start": None,
        "teachers": dataclasses.asdict(params.teachers) | {"bundles": []},
    }
    training = {
        "params": params.as_dict() | without_paths,
        "started_from": read_bundle(params.start, verify=False).version if params.start else None,
        "teachers": [read_bundle(teacher, verify=False).version for teacher in params.teachers.bundles],
        "seed": params.seed,
        "encoder": encoder,
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "seconds": round(time.monotonic() - started),
    }
    return {"training": training, "source_commit": commit, "mlflow_run": None}
