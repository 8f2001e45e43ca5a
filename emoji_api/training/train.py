"""From data to a bundle: the whole training as one function."""

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder
from emoji_api.inference.bundle import TOKENIZER, read_bundle
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.examples.soft_targets import add_soft_targets
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.bundle import require_writable, source_commit, write_bundle
from emoji_api.training.export.weights import assign_weights, read_weights
from emoji_api.training.fit import History, fit
from emoji_api.training.network.build import build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint
from emoji_api.training.network.vocabulary import build_tokenizer, embed_emoji
from emoji_api.training.params import Params
from emoji_api.training.tracker import Tracker


def start_network(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """The pretrained encoder with fresh heads and its tokenizer made for tweets, or what `params.start` has of them.

    Raises DataError for a `max_length` that the encoder has no positions for.
    """
    checkpoint = load_checkpoint(params.encoder)
    positions = checkpoint.config.max_position_embeddings
    if params.max_length > positions:
        raise DataError(f"the encoder {params.encoder!r} reads at most {positions} tokens, not {params.max_length}")
    weights = dict(checkpoint.weights)
    if params.start:
        bundle, started = read_weights(Path(params.start))
        tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
    else:
        texts = data.train.texts + (data.tweets.examples.texts if data.tweets else [])
        tokenizer, rows = build_tokenizer(checkpoint.tokenizer_file, texts)
        words = "embeddings.word_embeddings.weight"
        weights[words], started = embed_emoji(weights[words], rows), {}
    encoder = build_encoder(checkpoint.config, weights)
    encoder.trainable = not params.fit.freeze_encoder
    network = build_network(encoder, data.tasks)
    assign_weights(network, started)
    return network, tokenizer


def train(
    params: Params, out: Path, *, replace: bool = False, tracker: Tracker | None = None, checks: Path | None = None
) -> Path:
    """Train on what `params` name and write the bundle `out`, which appears whole or not at all; tell the `tracker`.

    The data are checked first; pages of what was found are written into the folder `checks`, where that is given.

    Raises DataError where `out` is there already and `replace` is false, or the data is not as described, and
    ExportError where a converted network does not answer like the fitted one.
    """
    require_writable(out, replace)
    started, commit = time.monotonic(), source_commit()  # now: files may change while it trains
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_valid_data(data.datasets, params.data, checks)
    tracker = tracker or Tracker()
    tracker.started(params, data)
    network, tokenizer = start_network(params, data)
    data = add_teacher_predictions(data, params)
    history = fit(network, tokenizer, data, params, tracker.epoch_ended, tracker.advanced)
    facts = training_record(params, history, started, commit) | {"mlflow_run": tracker.run_id}
    with atomic_folder(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, facts)
    tracker.written(out)
    return out


def add_teacher_predictions(data: TrainingData, params: Params) -> TrainingData:
    """The data with what the bundles of `params.teachers` answer, which takes minutes for each of them.

    Raises DataError where there are teachers and no tweets, and BundleError.
    """
    if not params.teachers.bundles:
        return data
    if not data.tweets:
        raise DataError("teachers answer for tweets, and no data set of tweets is given")
    tweets = add_soft_targets(data.tweets, data.tasks, params.teachers, threads=os.cpu_count() or 1)
    return dataclasses.replace(data, tweets=tweets)


def training_record(params: Params, history: History, started: float, commit: str | None) -> dict[str, Any]:
    """What `bundle.json` says of a training that began at `started` of `time.monotonic`, with the code of `commit`."""
    # its name, not where it is on this machine
    encoder = Path(params.encoder).name if Path(params.encoder).exists() else params.encoder
    nowhere = {
        "data": None,
        "encoder": encoder,
        "start": None,
        "teachers": dataclasses.asdict(params.teachers) | {"bundles": []},
    }
    training = {
        "params": params.as_dict() | nowhere,
        "started_from": read_bundle(params.start, verify=False).version if params.start else None,
        "teachers": [read_bundle(teacher, verify=False).version for teacher in params.teachers.bundles],
        "seed": params.seed,
        "encoder": encoder,
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "seconds": round(time.monotonic() - started),
    }
    return {"training": training, "source_commit": commit, "mlflow_run": None}
