"""From data to a bundle: the whole training as one function."""

import dataclasses
import os
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.drift.profile import as_json, reference
from emoji_api.errors import DataError, ExportError
from emoji_api.files import folder_written_whole
from emoji_api.inference.bundle import ONNX, SAVED_MODEL, TOKENIZER, Bundle, file_entry, read_bundle, write_manifest
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.manifest import FORMAT
from emoji_api.training.calibration import calibrate
from emoji_api.training.checks.gate import require_sound
from emoji_api.training.data import TrainingData, read_data
from emoji_api.training.evaluate import evaluate, same_answer
from emoji_api.training.examples.teachers import with_teachers
from emoji_api.training.export.export import export, read_arrays
from emoji_api.training.export.onnx_arrays import read_onnx_arrays
from emoji_api.training.fit import History, fit
from emoji_api.training.network.build import build_network
from emoji_api.training.network.checkpoints import array_name, build_encoder, load_checkpoint
from emoji_api.training.network.vocabulary import build_tokenizer, embed_emoji
from emoji_api.training.params import Params
from emoji_api.training.temperature import Temperature
from emoji_api.training.tracker import Tracker

LIBRARIES = ("tensorflow", "tf_keras", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
# a file whose weights were quantised must still give this share of the validation texts the same answer
LEAST_AGREEMENT = 0.95
# texts on which two forms of the network are compared
PROBES = 64
# texts to learn from that int8 is made for
REPRESENTATIVE = 2048


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
        bundle, started = read_trained(Path(params.start))
        tokenizer = Tokenizer.from_file(str(bundle.file(TOKENIZER)))
    else:
        texts = data.train.texts + (data.tweets.examples.texts if data.tweets else [])
        tokenizer, rows = build_tokenizer(checkpoint.tokenizer_file, texts)
        words = "embeddings.word_embeddings.weight"
        weights[words], started = embed_emoji(weights[words], rows), {}
    encoder = build_encoder(checkpoint.config, weights)
    encoder.trainable = not params.fit.freeze_encoder
    network = build_network(encoder, data.tasks)
    assign(network, started)
    return network, tokenizer


def train(
    params: Params, out: Path, *, replace: bool = False, tracker: Tracker | None = None, checks: Path | None = None
) -> Path:
    """Train on what `params` name and write the bundle `out`, which appears whole or not at all; tell the `tracker`.

    The data are checked first; pages of what was found are written into the folder `checks`, where that is given.

    Raises DataError where `out` is there already and `replace` is false, or the data is not as described, and
    ExportError where a converted network does not answer like the fitted one.
    """
    require_free(out, replace)
    started, commit = time.monotonic(), source_commit()  # now: files may change while it trains
    keras.utils.set_random_seed(params.seed)
    data = read_data(params)
    require_sound(data.datasets, params.data, checks)
    tracker = tracker or Tracker()
    tracker.started(params, data)
    network, tokenizer = start_network(params, data)
    data = with_answers(data, params)
    history = fit(network, tokenizer, data, params, tracker.epoch_ended, tracker.advanced)
    facts = training_facts(params, history, started, commit) | {"mlflow_run": tracker.run_id}
    with folder_written_whole(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, facts)
    tracker.written(out)
    return out


def require_free(out: Path, replace: bool) -> None:
    """Raise DataError where `out` is there already and may not be replaced: now, for what comes takes hours."""
    if out.exists() and not replace:
        raise DataError(f"{out} is there already")


def with_answers(data: TrainingData, params: Params) -> TrainingData:
    """The data with what the bundles of `params.teachers` answer, which takes minutes for each of them.

    Raises DataError where there are teachers and no tweets, and BundleError.
    """
    if not params.teachers.bundles:
        return data
    if not data.tweets:
        raise DataError("teachers answer for tweets, and no data set of tweets is given")
    tweets = with_teachers(data.tweets, data.tasks, params.teachers, threads=os.cpu_count() or 1)
    return dataclasses.replace(data, tweets=tweets)


def training_facts(params: Params, history: History, started: float, commit: str | None) -> dict[str, Any]:
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


def write_bundle(
    folder: Path,
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    facts: dict[str, Any],
) -> None:
    """Calibrate, export, measure through the serving code, and describe it all, with `facts`, in `bundle.json`."""
    fitted = calibrate(network, tokenizer, data.measured, data.tasks, params, data.nothing_to_feel)
    export(
        network,
        tokenizer,
        data.tasks,
        {name: Temperature.of(entry) for name, entry in fitted.items()},
        folder,
        probe=data.measured[data.tasks[0].name]["validation"].texts[:PROBES],
        representative=representative_texts(data, params.seed),
        max_length=params.max_length,
    )
    tasks = {task.name: {"kind": task.kind, "labels": list(task.labels), **fitted[task.name]} for task in data.tasks}
    described = {"tasks": tasks, "max_length": params.max_length, "data": data.manifest}
    described["calibration"] = dataclasses.asdict(params.calibration)
    describe(folder, described | facts, data)


def representative_texts(data: TrainingData, seed: int) -> list[str]:
    """Some of the texts to learn from: as many of the emotion set as tweets, where there are as many."""
    sources = [data.train.texts, *([data.tweets.examples.texts] if data.tweets else [])]
    random = np.random.default_rng(seed)
    return [
        texts[place]
        for texts in sources
        for place in random.choice(len(texts), min(REPRESENTATIVE // len(sources), len(texts)), replace=False)
    ]


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
    served = load_classifier(folder)
    manifest["metrics"] = measure(served, data)
    validation = {task.name: data.measured[task.name]["validation"].texts for task in data.tasks}
    manifest["reference"] = as_json(reference(served, validation))
    write_manifest(folder, manifest)


def export_again(
    model: Path,
    params: Params,
    out: Path,
    *,
    replace: bool = False,
    average_with: Path | None = None,
    share: float = 0.5,
) -> Path:
    """Write the bundle `out` with the network of the bundle `model`, read from its SavedModel, or else its int8 file.

    For when calibration or the way of writing the int8 file has changed: nothing is trained. With `average_with`, the
    bundle that `model` was trained from, `share` of each weight that both have is that bundle's: what was learned
    first is forgotten less (Wortsman et al., 2022, https://arxiv.org/abs/2109.01903). `params` name the encoder, for
    its configuration, and the data to calibrate and measure on. Raises what `train` raises, and BundleError.
    """
    require_free(out, replace)
    bundle, arrays = read_trained(model)
    kept = ("training", "source_commit", "mlflow_run", "averaged_with")
    facts: dict[str, Any] = {name: bundle.manifest[name] for name in kept if name in bundle.manifest}
    facts["exported_from"] = bundle.version
    if average_with:
        other, others = read_trained(average_with)
        arrays |= {name: share * others[name] + (1 - share) * arrays[name] for name in arrays.keys() & others.keys()}
        facts["averaged_with"] = {"version": other.version, "share": share}
    network = build_network(build_encoder(load_checkpoint(params.encoder).config), list(bundle.tasks.values()))
    assign(network, arrays)
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER))
    with folder_written_whole(out, replace=replace) as folder:
        write_bundle(
            folder, network, tokenizer, read_data(dataclasses.replace(params, tasks=list(bundle.tasks))), params, facts
        )
    return out


def read_trained(model: Path) -> tuple[Bundle, dict[str, np.ndarray]]:
    """A bundle, verified, and its network's arrays: of its SavedModel, or, where that did not come with it, of the int8
    file, which has rounded them."""
    bundle = read_bundle(model, verify=False)
    tasks = list(bundle.tasks.values())
    whole = (bundle.path / SAVED_MODEL).exists()
    bundle.verify(saved_model=whole)
    if whole:
        return bundle, read_arrays(bundle.path / SAVED_MODEL, tasks)
    temperatures = {name: Temperature.of(entry) for name, entry in bundle.manifest["tasks"].items()}
    return bundle, read_onnx_arrays(bundle.file(ONNX), tasks, temperatures)


def assign(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Give each variable of `network` the array of its name, where there is one."""
    for variable in network.weights:
        if array_name(variable.name) in arrays:
            variable.assign(arrays[array_name(variable.name)])


def measure(served: Classifier, data: TrainingData) -> dict[str, Any]:
    """Metrics by task and split, of the int8 file as it is served, and how often the SavedModel says the same."""
    original = load_classifier(served.bundle.path, engine="tensorflow")
    measured: dict[str, Any] = {}
    for task in data.tasks:
        splits = data.measured[task.name] | {"test": data.tests[task.name]}
        if feedback := data.feedback.get(task.name):
            splits["feedback"] = feedback  # it was learned from
        measured[task.name] = {name: evaluate(served, task, split) for name, split in splits.items()}
        agreement = same_answer(served, original, task, splits["validation"])
        if agreement < LEAST_AGREEMENT:
            raise ExportError(f"{task.name}: the int8 file gives only {agreement:.2%} of the SavedModel's answers")
        measured[task.name]["validation"]["same_answer_as_saved_model"] = agreement
    return measured


def source_commit() -> str | None:
    """The commit of the code, with `+` where files were changed since; None outside a repository."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(here)) else "")
    except (OSError, subprocess.CalledProcessError):
        return None
