"""Writes a bundle from a fitted network, and reads the weights of one back."""

import dataclasses
import subprocess
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
from emoji_api.files import atomic_folder
from emoji_api.inference.bundle import ONNX, SAVED_MODEL, TOKENIZER, Bundle, file_entry, read_bundle, write_manifest
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.manifest import FORMAT
from emoji_api.training.calibration.calibrate import calibrate
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.evaluation.evaluate import evaluate, same_answer
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.export import export, read_arrays
from emoji_api.training.export.onnx_arrays import read_onnx_arrays
from emoji_api.training.network.build import build_network
from emoji_api.training.network.checkpoints import array_name, build_encoder, load_checkpoint
from emoji_api.training.params import Params

LIBRARIES = ("tensorflow", "tf_keras", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
# a file whose weights were quantised must still give this share of the validation texts the same answer
LEAST_AGREEMENT = 0.95
# texts on which two forms of the network are compared
PROBES = 64
# texts to learn from that int8 is made for
REPRESENTATIVE = 2048


def write_bundle(
    folder: Path,
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    facts: dict[str, Any],
) -> None:
    """Calibrate, export, measure through the serving code, and describe it all, with `facts`, in `bundle.json`."""
    fitted = calibrate(network, tokenizer, data.eval_splits, data.tasks, params, data.no_emotion_texts)
    export(
        network,
        tokenizer,
        data.tasks,
        {name: Temperature.of(entry) for name, entry in fitted.items()},
        folder,
        probe=data.eval_splits[data.tasks[0].name]["validation"].texts[:PROBES],
        representative=calibration_texts(data, params.seed),
        max_length=params.max_length,
    )
    tasks = {task.name: {"kind": task.kind, "labels": list(task.labels), **fitted[task.name]} for task in data.tasks}
    described = {"tasks": tasks, "max_length": params.max_length, "data": data.manifest}
    described["calibration"] = dataclasses.asdict(params.calibration)
    write_described_manifest(folder, described | facts, data)


def calibration_texts(data: TrainingData, seed: int) -> list[str]:
    """Some of the texts to learn from: as many of the emotion set as tweets, where there are as many."""
    sources = [data.train.texts, *([data.tweets.examples.texts] if data.tweets else [])]
    random = np.random.default_rng(seed)
    return [
        texts[place]
        for texts in sources
        for place in random.choice(len(texts), min(REPRESENTATIVE // len(sources), len(texts)), replace=False)
    ]


def write_described_manifest(folder: Path, facts: dict[str, Any], data: TrainingData) -> None:
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
    validation = {task.name: data.eval_splits[task.name]["validation"].texts for task in data.tasks}
    manifest["reference"] = as_json(reference(served, validation))
    write_manifest(folder, manifest)


def measure(served: Classifier, data: TrainingData) -> dict[str, Any]:
    """Metrics by task and split, of the int8 file as it is served, and how often the SavedModel says the same."""
    original = load_classifier(served.bundle.path, engine="tensorflow")
    measured: dict[str, Any] = {}
    for task in data.tasks:
        splits = data.eval_splits[task.name] | {"test": data.test_splits[task.name]}
        if feedback := data.feedback.get(task.name):
            splits["feedback"] = feedback  # it was learned from
        measured[task.name] = {name: evaluate(served, task, split) for name, split in splits.items()}
        agreement = same_answer(served, original, task, splits["validation"])
        if agreement < LEAST_AGREEMENT:
            raise ExportError(f"{task.name}: the int8 file gives only {agreement:.2%} of the SavedModel's answers")
        measured[task.name]["validation"]["same_answer_as_saved_model"] = agreement
    return measured


def reexport(
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
    require_writable(out, replace)
    bundle, arrays = read_weights(model)
    kept = ("training", "source_commit", "mlflow_run", "averaged_with")
    facts: dict[str, Any] = {name: bundle.manifest[name] for name in kept if name in bundle.manifest}
    facts["exported_from"] = bundle.version
    if average_with:
        other, others = read_weights(average_with)
        arrays |= {name: share * others[name] + (1 - share) * arrays[name] for name in arrays.keys() & others.keys()}
        facts["averaged_with"] = {"version": other.version, "share": share}
    network = build_network(build_encoder(load_checkpoint(params.encoder).config), list(bundle.tasks.values()))
    assign_weights(network, arrays)
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER))
    with atomic_folder(out, replace=replace) as folder:
        write_bundle(
            folder, network, tokenizer, read_data(dataclasses.replace(params, tasks=list(bundle.tasks))), params, facts
        )
    return out


def read_weights(model: Path) -> tuple[Bundle, dict[str, np.ndarray]]:
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


def assign_weights(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Give each variable of `network` the array of its name, where there is one."""
    for variable in network.weights:
        if array_name(variable.name) in arrays:
            variable.assign(arrays[array_name(variable.name)])


def require_writable(out: Path, replace: bool) -> None:
    """Raise DataError where `out` is there already and may not be replaced: now, for what comes takes hours."""
    if out.exists() and not replace:
        raise DataError(f"{out} is there already")


def source_commit() -> str | None:
    """The commit of the code, with `+` where files were changed since; None outside a repository."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(here)) else "")
    except (OSError, subprocess.CalledProcessError):
        return None
