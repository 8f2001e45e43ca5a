"""From data to a bundle: the whole training as one function."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.errors import DataError, ExportError
from emoji_api.inference.bundle import SAVED_MODEL, TOKENIZER, file_entry, read_bundle, write_manifest
from emoji_api.inference.classifier import load_classifier
from emoji_api.inference.manifest import FORMAT
from emoji_api.tasks import EMOTION, SENTIMENT, Task
from emoji_api.training.calibration import fit_calibration
from emoji_api.training.checkpoints import array_name, build_encoder, load_checkpoint
from emoji_api.training.datasets import (
    Dataset,
    Split,
    clean_train,
    read_annotated,
    read_emotion,
    read_phrases,
    read_tweeteval,
)
from emoji_api.training.evaluate import evaluate, same_label
from emoji_api.training.export import export, read_arrays
from emoji_api.training.fit import History, fit, predict
from emoji_api.training.network import build_network, use_exact_gelu
from emoji_api.training.params import Params
from emoji_api.training.tweets import Tweets, collect
from emoji_api.training.vocabulary import build_tokenizer, embed_emoji

LIBRARIES = ("tensorflow", "tf_keras", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
# a file whose weights were quantised must still give this share of the validation texts the same label
LEAST_AGREEMENT = 0.97
# texts on which two forms of the network are compared
PROBES = 64


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """What a training reads. `tweets` and `annotated` are None where the params name no real tweets."""

    emotion: Dataset
    train: Split
    tweets: Tweets | None
    annotated: Split | None
    manifest: dict[str, Any]

    @property
    def tasks(self) -> list[Task]:
        """What is trained. Real tweets teach their sentiment as well; the bundle offers emotion alone."""
        return [EMOTION, SENTIMENT] if self.tweets else [EMOTION]

    @property
    def measured(self) -> dict[str, Split]:
        """The splits that choose the epoch and calibrate. The test split is not among them."""
        splits = {"validation": self.emotion.splits["validation"]}
        return splits | {"annotated": self.annotated} if self.annotated else splits


def read_data(params: Params) -> TrainingData:
    """Read every data set that `params.data` names; raises DataError where one is not as described."""
    data = params.data
    emotion = read_emotion(data.emotion)
    others: list[Dataset] = []
    if data.tweeteval:
        others += [read_tweeteval(Path(data.tweeteval), subset) for subset in ("sentiment", "offensive")]
    if data.tweet_sentiment_extraction:
        others.append(read_phrases(Path(data.tweet_sentiment_extraction)))
    annotated = None
    if data.tweeteval and data.tweet_sentiment_extraction:
        annotated = read_annotated(Path(data.tweeteval), Path(data.tweet_sentiment_extraction))
    return TrainingData(
        emotion=emotion,
        train=clean_train(emotion.splits["train"], [emotion.splits["validation"], emotion.splits["test"]]),
        tweets=collect(others, [SENTIMENT], params.tweets.expected) if others else None,
        annotated=annotated,
        manifest={name: entry for dataset in [emotion, *others] for name, entry in dataset.manifest.items()},
    )


def start_network(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """The pretrained encoder with fresh heads, and its tokenizer made for tweets."""
    checkpoint = load_checkpoint(params.encoder)
    texts = data.train.texts + (data.tweets.examples.texts if data.tweets else [])
    tokenizer, rows = build_tokenizer(checkpoint.tokenizer_file, texts)
    weights = dict(checkpoint.weights)
    words = "embeddings.word_embeddings.weight"
    weights[words] = embed_emoji(weights[words], rows)
    encoder = build_encoder(checkpoint.config, weights)
    use_exact_gelu(encoder)
    encoder.trainable = not params.fit.freeze_encoder
    return build_network(encoder, data.tasks), tokenizer


def train(params: Params, out: Path, *, replace: bool = False) -> Path:
    """Train on what `params` name and write the bundle `out`, which appears whole or not at all.

    Raises DataError where `out` is there already and `replace` is false, or the data is not as described, and
    ExportError where a converted network does not answer like the fitted one.
    """
    if out.exists() and not replace:
        raise DataError(f"{out} is there already")
    started = time.monotonic()
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    network, tokenizer = start_network(params, data)
    history = fit(
        network,
        tokenizer,
        emotion=data.train,
        validation=data.measured,
        tweets=data.tweets,
        tasks=data.tasks,
        params=params,
    )
    with written_whole(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, training_facts(params, history, started))
    return out


def training_facts(params: Params, history: History, started: float) -> dict[str, Any]:
    """What `bundle.json` says of a training that began at `started` of `time.monotonic`."""
    # its name, not where it is on this machine
    encoder = Path(params.encoder).name if Path(params.encoder).exists() else params.encoder
    training = {
        "params": params.as_dict() | {"data": None, "encoder": encoder},
        "seed": params.seed,
        "encoder": encoder,
        "epochs": history.epochs,
        "best_epoch": history.best_epoch,
        "seconds": round(time.monotonic() - started),
    }
    return {"training": training, "source_commit": source_commit(), "mlflow_run": None}


def write_bundle(
    folder: Path,
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    facts: dict[str, Any],
) -> None:
    """Calibrate, export, measure through the serving code, and describe it all, with `facts`, in `bundle.json`."""
    validation = data.emotion.splits["validation"]
    temperature = calibrate(network, tokenizer, validation, params.max_length)
    export(
        network,
        tokenizer,
        [EMOTION],
        {EMOTION.name: temperature},
        folder,
        probe=validation.texts[:PROBES],
        max_length=params.max_length,
    )
    task = {
        "kind": EMOTION.kind,
        "labels": list(EMOTION.labels),
        "temperature": temperature,
        "threshold": None,
    }
    described = {"tasks": {EMOTION.name: task}, "max_length": params.max_length, "data": data.manifest}
    describe(folder, described | facts, data)


def calibrate(network: keras.Model, tokenizer: Tokenizer, validation: Split, max_length: int) -> float:
    """Fit the temperature, which is returned, and the bias, which goes into the head's own."""
    logits = predict(network, tokenizer, validation.texts, max_length)[EMOTION.name]
    temperature, bias = fit_calibration(logits, np.array(validation.labels))
    network.get_layer(EMOTION.name).classifier.bias.assign_add(temperature * bias)
    return temperature


def describe(folder: Path, facts: dict[str, Any], data: TrainingData) -> None:
    """Write the `bundle.json` of the files in `folder`: version, `facts`, libraries, hashes, and what is measured."""
    now = datetime.now(UTC)
    manifest = {
        "format": FORMAT,
        "version": now.strftime("%Y.%m.%d-%H%M%S"),
        "created_at": now.isoformat(timespec="seconds"),
        **facts,
        "metrics": {},
        "libraries": {library: version(library) for library in LIBRARIES},
        "files": {
            str(path.relative_to(folder)): file_entry(path) for path in sorted(folder.rglob("*")) if path.is_file()
        },
    }
    write_manifest(folder, manifest)
    manifest["metrics"] = {EMOTION.name: measure(folder, data)}
    write_manifest(folder, manifest)


def export_again(model: Path, params: Params, out: Path, *, replace: bool = False) -> Path:
    """Write the bundle `out` with the network of the bundle `model`, read from its SavedModel.

    For when calibration or the way of writing the int8 file has changed: nothing is trained. `params` name the
    encoder, for its configuration, and the data to calibrate and measure on. Raises what `train` raises, and
    BundleError.
    """
    if out.exists() and not replace:
        raise DataError(f"{out} is there already")
    bundle = read_bundle(model, saved_model=True)
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER))
    arrays = read_arrays(model / SAVED_MODEL, [EMOTION])
    network = build_network(build_encoder(load_checkpoint(params.encoder).config), [EMOTION])
    use_exact_gelu(network.get_layer("distilbert"))
    for variable in network.weights:
        variable.assign(arrays[array_name(variable.name)])
    kept = {name: bundle.manifest[name] for name in ("training", "source_commit", "mlflow_run")}
    with written_whole(out, replace=replace) as folder:
        facts = kept | {"exported_from": bundle.version}
        write_bundle(folder, network, tokenizer, read_data(params), params, facts)
    return out


def measure(folder: Path, data: TrainingData) -> dict[str, Any]:
    """Metrics by split, of the int8 file as it is served, and how often the SavedModel says the same."""
    served, original = load_classifier(folder), load_classifier(folder, engine="tensorflow")
    splits = data.measured | {"test": data.emotion.splits["test"]}
    measured: dict[str, Any] = {name: evaluate(served, EMOTION, split) for name, split in splits.items()}
    agreement = same_label(served, original, EMOTION, splits["validation"].texts)
    if agreement < LEAST_AGREEMENT:
        raise ExportError(f"the int8 file gives only {agreement:.2%} of the validation texts the SavedModel's label")
    measured["validation"]["same_label_as_saved_model"] = agreement
    return measured


@contextmanager
def written_whole(out: Path, *, replace: bool) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, and goes away when it does not."""
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir()
        yield beside
        if replace and out.exists():
            out.rename(old)
        beside.rename(out)
    finally:
        if old.exists() and not out.exists():
            old.rename(out)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def source_commit() -> str | None:
    """The commit of the code, with `+` where files were changed since; None outside a repository."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(here)) else "")
    except (OSError, subprocess.CalledProcessError):
        return None
