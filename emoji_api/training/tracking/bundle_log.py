"""Bundles in MLflow: files, metrics and figures of a bundle in a run, and bundles trained without a run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emoji import demojize
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME

from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.registry import ARTIFACT, TAG
from emoji_api.training.evaluation.plots import confusion
from emoji_api.training.evaluation.result_files import scalar_metrics
from emoji_api.training.tracking.registry import CHALLENGER, Registry
from emoji_api.training.tracking.runs import create_run, timestamp


def import_bundle(client: MlflowClient, bundle: Path, *, alias: str | None = CHALLENGER) -> str:
    """Register a bundle that was trained without MLflow, with a new run, and return its registry version number.

    A bundle that is already registered only gets the `alias`. Raises BundleError.
    """
    registry, version = Registry(client), read_bundle(bundle).version
    if registered := registry.get(version):
        registry.set_alias(registered, alias)
        return registered.number
    run_id = create_run(client, version, {MLFLOW_SOURCE_NAME: "emoji-api models register"}).info.run_id
    log_bundle(client, run_id, bundle)
    client.set_terminated(run_id, "FINISHED")
    return registry.register(bundle, run_id, alias=alias)


def log_bundle(client: MlflowClient, run_id: str, bundle: Path, *, with_saved_model: bool = False) -> None:
    """Log the bundle's files as the artifact `bundle` and its metrics, and name the run after its version."""
    contents = read_bundle(bundle, verify=False)
    client.set_tag(run_id, MLFLOW_RUN_NAME, contents.version)
    metrics = [Metric(name, value, timestamp(), 0) for name, value in flat_metrics(contents.metrics)]
    client.log_batch(run_id, metrics=metrics, tags=[RunTag(TAG, contents.version)])
    for name in ("bundle.json", *contents.manifest["files"]):
        if with_saved_model or not name.startswith("saved_model/"):
            client.log_artifact(run_id, str(bundle / name), str(Path(ARTIFACT, name).parent))


def flat_metrics(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the scalar metrics of a bundle with names such as `emotion.test.macro_f1`."""
    for task, splits in metrics.items():
        for split, values in splits.items():
            yield from ((f"{task}.{split}.{name}", float(value)) for name, value in scalar_metrics(values).items())


def confusion_figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield the artifact name and the confusion matrix of each classification task and split."""
    for task, splits in metrics.items():
        for split, values in splits.items():
            if "confusion" in values:
                # Matplotlib's default font has no emoji
                labels = [demojize(label).strip(":") for label in values["per_label"]]
                figure = confusion(values["confusion"], labels, f"{task}, {split}")
                figure.set_size_inches(4 + 0.4 * len(labels), 3 + 0.4 * len(labels))
                figure.axes[0].tick_params(axis="x", rotation=90)
                yield f"confusion/{task}.{split}.png", figure
