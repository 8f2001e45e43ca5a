"""Bundles written from a fitted network: calibration, export, metrics through the serving code, manifest."""

import dataclasses
import subprocess
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
from emoji_api.inference.bundle import TOKENIZER, file_entry, write_manifest
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.manifest import FORMAT
from emoji_api.progress import TEXTS, stage
from emoji_api.training.calibration.calibrate import calibrate
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.evaluation.evaluate import evaluate, same_answer
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.export import export
from emoji_api.training.export.weights import assign_weights, average_weights, read_weights
from emoji_api.training.network.build import build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint
from emoji_api.training.params import Params

LIBRARIES = ("tensorflow", "tf_keras", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
# the share of validation texts on which the int8 file must agree with the SavedModel
LEAST_AGREEMENT = 0.95
# texts on which the exported forms are compared with the fitted network
PROBE_TEXTS = 64
# training texts on whose activations GPTQ rounds the kernels
GPTQ_TEXTS = 2048
# manifest entries that a new export of a bundle's weights keeps
KEPT_ENTRIES = ("training", "source_commit", "mlflow_run", "averaged_with")


def write_bundle(
    folder: Path,
    network: keras.Model,
    tokenizer: Tokenizer,
    data: TrainingData,
    params: Params,
    provenance: dict[str, Any],
) -> None:
    """Calibrate, export and evaluate `network`, and write its bundle into the existing `folder`.

    `provenance` has the entries of `bundle.json` about the origin of the weights, such as those of `training_record`.
    Raises ExportError if an exported form disagrees with the network.
    """
    entries = calibrate(network, tokenizer, data.eval_splits, data.tasks, params, data.no_emotion_texts)
    export(
        network,
        tokenizer,
        data.tasks,
        {name: Temperature.from_entry(entry) for name, entry in entries.items()},
        folder,
        probe_texts=data.eval_splits[data.tasks[0].name]["validation"].texts[:PROBE_TEXTS],
        gptq_texts=sample_gptq_texts(data, params.seed),
        max_length=params.max_length,
    )
    described = {
        "tasks": {
            task.name: {"kind": task.kind, "labels": list(task.labels), **entries[task.name]} for task in data.tasks
        },
        "max_length": params.max_length,
        "data": data.manifest,
        "calibration": dataclasses.asdict(params.calibration),
    }
    write_manifest_with_metrics(folder, described | provenance, data)


def sample_gptq_texts(data: TrainingData, seed: int) -> list[str]:
    """Return a random sample of the training texts, half of the emotion set and half tweets if there are tweets."""
    sources = [data.train.texts, *([data.tweets.examples.texts] if data.tweets else [])]
    rng = np.random.default_rng(seed)
    return [
        texts[row]
        for texts in sources
        for row in rng.choice(len(texts), min(GPTQ_TEXTS // len(sources), len(texts)), replace=False)
    ]


def write_manifest_with_metrics(folder: Path, entries: dict[str, Any], data: TrainingData) -> None:
    """Write `bundle.json` for the files in `folder`: version, `entries`, library versions, file hashes and metrics."""
    now = datetime.now(UTC)
    manifest = {
        "format": FORMAT,
        "version": now.strftime("%Y.%m.%d-%H%M%S"),
        "created_at": now.isoformat(timespec="seconds"),
        **entries,
        "metrics": {},
        "libraries": {library: version(library) for library in LIBRARIES},
        "files": {
            str(path.relative_to(folder)): file_entry(path) for path in sorted(folder.rglob("*")) if path.is_file()
        },
    }
    write_manifest(folder, manifest)  # without metrics, which are computed by loading the bundle
    served = load_classifier(folder)
    manifest["metrics"] = bundle_metrics(served, data)
    validation = {task.name: data.eval_splits[task.name]["validation"].texts for task in data.tasks}
    manifest["reference"] = as_json(reference(served, validation))
    write_manifest(folder, manifest)


def bundle_metrics(served: Classifier, data: TrainingData) -> dict[str, Any]:
    """Return the int8 file's metrics by task and split, and its agreement with the SavedModel.

    Raises ExportError if they agree on less than `LEAST_AGREEMENT` of a task's validation texts.
    """
    saved_model = load_classifier(served.bundle.path, engine="tensorflow")
    metrics: dict[str, Any] = {}
    for task in data.tasks:
        splits = data.eval_splits[task.name] | {"test": data.test_splits[task.name]}
        if feedback := data.feedback.get(task.name):
            splits["feedback"] = feedback  # training data, so not a fair estimate
        with stage(f"evaluating {task.name}", sum(map(len, splits.values())), TEXTS):
            metrics[task.name] = {name: evaluate(served, task, split) for name, split in splits.items()}
        with stage(f"comparing {task.name}", 2 * len(splits["validation"]), TEXTS):
            agreement = same_answer(served, saved_model, task, splits["validation"])
        if agreement < LEAST_AGREEMENT:
            raise ExportError(f"{task.name}: the int8 file gives only {agreement:.2%} of the SavedModel's answers")
        metrics[task.name]["validation"]["same_answer_as_saved_model"] = agreement
    return metrics


def reexport(
    model: Path,
    params: Params,
    out: Path,
    *,
    replace: bool = False,
    average_with: Path | None = None,
    average_weight: float = 0.5,
) -> Path:
    """Write the bundle `out` from the weights of the bundle `model`, without training, and return its path.

    Use it when calibration or export has changed. The weights come from the SavedModel, or else from the int8 file.
    With `average_with`, usually the bundle that `model` was trained from, the weights are averaged; `average_weight`
    is the weight of `average_with`. This reduces forgetting (Wortsman et al., 2022, https://arxiv.org/abs/2109.01903).
    `params` names the encoder, for its configuration, and the data for calibration and metrics. Raises DataError,
    ExportError and BundleError.
    """
    require_writable(out, replace)
    bundle, arrays = read_weights(model)
    provenance: dict[str, Any] = {name: bundle.manifest[name] for name in KEPT_ENTRIES if name in bundle.manifest}
    provenance["exported_from"] = bundle.version
    if average_with:
        other, other_arrays = read_weights(average_with)
        arrays = average_weights(arrays, other_arrays, average_weight)
        provenance["averaged_with"] = {"version": other.version, "share": average_weight}
    network = build_network(build_encoder(load_checkpoint(params.encoder).config), list(bundle.tasks.values()))
    assign_weights(network, arrays)
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER))
    data = read_data(dataclasses.replace(params, tasks=list(bundle.tasks)))
    with atomic_folder(out, replace=replace) as folder:
        write_bundle(folder, network, tokenizer, data, params, provenance)
    return out


def require_writable(out: Path, replace: bool) -> None:
    """Raise DataError if `out` exists and `replace` is false; called before the hours of a training."""
    if out.exists() and not replace:
        raise DataError(f"{out} already exists: choose another folder, or replace it with --replace")


def source_commit() -> str | None:
    """Return the commit of the code, with `+` if `emoji_api/training` differs from it; None outside a repository."""
    training = Path(__file__).parents[1]

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=training, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(training)) else "")
    except (OSError, subprocess.CalledProcessError):
        return None
