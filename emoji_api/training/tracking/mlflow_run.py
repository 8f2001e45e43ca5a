"""Trainings as MLflow runs: parameters, curves, metrics, pictures, and the bundle, which becomes the challenger."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from emoji import demojize
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Metric, Param, Run, RunTag
from mlflow.environment_variables import MLFLOW_TRACKING_URI
from mlflow.utils.mlflow_tags import (
    MLFLOW_GIT_COMMIT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
    MLFLOW_SOURCE_NAME,
    MLFLOW_SOURCE_TYPE,
)

from emoji_api import processes
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.inference.registry import ARTIFACT, LOCAL, TAG
from emoji_api.training.evaluation.plots import confusion, reliability
from emoji_api.training.evaluation.result_files import numbers
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.bundle import source_commit
from emoji_api.training.gate.answers import answer
from emoji_api.training.params import Params
from emoji_api.training.tracker import Tracker
from emoji_api.training.tracking.registry import CHALLENGER, Registry

STATE = Path(LOCAL.removeprefix("sqlite:///")).parent
EXPERIMENT = "tweets"
TRAINER = "trainer"
"""The tag that says which process trains."""
DIGEST = 36
"""Characters that MLflow keeps of a data set's hash; `bundle.json` has all."""

logger = logging.getLogger(__name__)


def open_client() -> MlflowClient:
    """The server or database that `MLFLOW_TRACKING_URI` names, or SQLite in `instance/`."""
    # its schema is written with a line for each of its many versions
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    uri = MLFLOW_TRACKING_URI.get() or LOCAL
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def create_run(client: MlflowClient, name: str, tags: Mapping[str, str]) -> Run:
    """A run of the experiment `tweets`; a server chooses where its artifacts are, else they are in `instance/`."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        server = client.tracking_uri.startswith(("http://", "https://", "databricks"))
        place = None if server else (STATE / "mlartifacts").absolute().as_uri()
        experiment_id = client.create_experiment(EXPERIMENT, artifact_location=place)
    else:
        experiment_id = experiment.experiment_id
    return client.create_run(experiment_id, run_name=name, tags=dict(tags))


def end_killed(client: MlflowClient) -> None:
    """End as KILLED what trainers of this machine left open that are gone: `kill -9` lets them end nothing."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    open_runs = client.search_runs([experiment.experiment_id], "attributes.status = 'RUNNING'") if experiment else []
    for run in open_runs:
        if processes.is_gone(run.data.tags.get(TRAINER, "")):
            client.set_terminated(run.info.run_id, "KILLED")


class MlflowTracker(Tracker):
    """An MLflow run, to be entered: it ends as FINISHED, as FAILED by an error, or as KILLED by what is no error.

    A training outlives its tracking: whatever goes wrong with MLflow is a warning. `parent` is the run that this one
    is nested in, `again` one that goes on; `with_saved_model` keeps the SavedModel too, of which a training can go on.
    """

    def __init__(
        self,
        name: str = "train",
        *,
        parent: str | None = None,
        again: str | None = None,
        with_saved_model: bool = False,
    ):
        self.name = name
        self.parent = parent
        self.again = again
        self.with_saved_model = with_saved_model
        self.client: MlflowClient | None = None
        self.data: TrainingData | None = None

    def __enter__(self) -> "MlflowTracker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = "FINISHED" if kind is None else "FAILED" if issubclass(kind, Exception) else "KILLED"
        if kind:
            self.tag("error", f"{kind.__name__}: {error}"[:1000])
        self._on_run("the run is left open", lambda client, run: client.set_terminated(run, status))

    def begin(self) -> None:
        """Begins the run, or goes on with it; ends those whose trainers were killed."""
        self._try("this is not tracked", self._begin)
        self._on_run("runs of killed trainers stay open", lambda client, run: end_killed(client))

    def started(self, params: Params, data: TrainingData) -> None:
        """Begins the run with the parameters, flat and as a file, and the hash of each data file."""
        self.begin()
        self.data = data
        flat = [Param(name, value) for name, value in flattened(params.as_dict())]
        inputs = [DatasetInput(_dataset(name, entry), tags=[]) for name, entry in data.manifest.items()]

        def keep(client: MlflowClient, run: str) -> None:
            client.log_batch(run, params=flat)
            client.log_dict(run, params.as_dict(), "params.yaml")
            client.log_dict(run, data.manifest, "data.json")
            client.log_inputs(run, inputs)

        self._on_run("parameters and data are not kept", keep)

    def epoch_ended(self, epoch: int, measured: Mapping[str, float]) -> None:
        """Keeps a point of each curve."""
        points = [Metric(name, value, _now(), epoch) for name, value in measured.items()]
        self._on_run(f"epoch {epoch} is not kept", lambda client, run: client.log_batch(run, metrics=points))

    def written(self, bundle: Path) -> None:
        """Keeps what the bundle says of itself, registers it as the challenger, and draws how it answers."""

        def keep(client: MlflowClient, run: str) -> None:
            log_bundle(client, run, bundle, with_saved_model=self.with_saved_model)
            Registry(client).register(bundle, run, alias=CHALLENGER)

        self._on_run(f"register it with: emoji-api models register {bundle}", keep)
        self._on_run("the pictures are missing", lambda client, run: self._draw(client, run, bundle))

    def tag(self, name: str, value: str) -> None:
        """Keeps a tag of the run."""
        self._on_run(f"{name} is not kept", lambda client, run: client.set_tag(run, name, value))

    def _begin(self) -> None:
        self.client = open_client()
        trainer = {TRAINER: mark} if (mark := processes.process_mark()) else {}
        if self.again:
            for name, value in trainer.items():
                self.client.set_tag(self.again, name, value)
            self.client.update_run(self.again, status="RUNNING")
            self.run_id = self.again
            return
        tags = {MLFLOW_SOURCE_NAME: "emoji-api", MLFLOW_SOURCE_TYPE: "LOCAL"} | trainer
        tags |= {MLFLOW_PARENT_RUN_ID: self.parent} if self.parent else {}
        tags |= {MLFLOW_GIT_COMMIT: commit} if (commit := source_commit()) else {}
        self.run_id = create_run(self.client, self.name, tags).info.run_id

    def _draw(self, client: MlflowClient, run: str, bundle: Path) -> None:
        for path, figure in confusions(read_bundle(bundle, verify=False).metrics):
            client.log_figure(run, figure, path)
        if self.data:
            classifier = load_classifier(bundle)
            for task in self.data.tasks:
                answers = answer(classifier, task, self.data.eval_splits[task.name]["validation"])
                picture = reliability(answers.confidence[answers.chosen], answers.right[answers.chosen], task.name)
                client.log_figure(run, picture, f"reliability/{task.name}.png")

    def _on_run(self, loss: str, step: Callable[[MlflowClient, str], object]) -> None:
        if (client := self.client) and (run := self.run_id):
            self._try(loss, lambda: step(client, run))

    def _try(self, loss: str, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # MLflow's, the database's, the network's: none is worth a training
            logger.warning("MLflow: %s (%s: %s)", loss, type(error).__name__, error)


def import_bundle(client: MlflowClient, bundle: Path, *, alias: str | None = CHALLENGER) -> str:
    """Register a bundle that was trained without MLflow, as a run of its own; returns its version in the registry.

    One that is registered already only gets the `alias`. Raises BundleError.
    """
    registry, version = Registry(client), read_bundle(bundle).version
    if known := registry.get(version):
        registry.set_alias(known, alias)
        return known.number
    run = create_run(client, version, {MLFLOW_SOURCE_NAME: "emoji-api models register"}).info.run_id
    log_bundle(client, run, bundle)
    client.set_terminated(run, "FINISHED")
    return registry.register(bundle, run, alias=alias)


def log_bundle(client: MlflowClient, run: str, bundle: Path, *, with_saved_model: bool = False) -> None:
    """The bundle's files as the artifact `bundle`, its metrics, and its version as the run's name."""
    described = read_bundle(bundle, verify=False)
    client.set_tag(run, MLFLOW_RUN_NAME, described.version)
    metrics = [Metric(name, value, _now(), 0) for name, value in scalars(described.metrics)]
    client.log_batch(run, metrics=metrics, tags=[RunTag(TAG, described.version)])
    for name in ("bundle.json", *described.manifest["files"]):
        if with_saved_model or not name.startswith("saved_model/"):
            client.log_artifact(run, str(bundle / name), str(Path(ARTIFACT, name).parent))


def flattened(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """`fit.learning_rate` and the like; what is deeper than a section is JSON, for MLflow's names have no emoji."""
    for name, value in values.items():
        within = {f"{name}.{inner}": deeper for inner, deeper in value.items()} if isinstance(value, Mapping) else {}
        for full, deeper in within.items() or [(name, value)]:
            nested = isinstance(deeper, Mapping | list | tuple)
            yield full, json.dumps(deeper, ensure_ascii=False) if nested else str(deeper)


def scalars(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """`emotion.test.macro_f1` and the like, of the metrics in `bundle.json`; an interval is `_low` and `_high`."""
    for task, splits in metrics.items():
        for split, measured in splits.items():
            yield from ((f"{task}.{split}.{name}", float(value)) for name, value in numbers(measured).items())


def confusions(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    """The confusion matrix of each classification task and split, under the name of its file."""
    for task, splits in metrics.items():
        for split, measured in splits.items():
            if "confusion" in measured:
                # the pictures' font has no emoji
                labels = [demojize(label).strip(":") for label in measured["per_label"]]
                figure = confusion(measured["confusion"], labels, f"{task}, {split}")
                figure.set_size_inches(4 + 0.4 * len(labels), 3 + 0.4 * len(labels))
                figure.axes[0].tick_params(axis="x", rotation=90)
                yield f"confusion/{task}.{split}.png", figure


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    return Dataset(name=name, digest=str(entry["sha256"])[:DIGEST], source_type="local", source=name)


def _now() -> int:
    return round(time.time() * 1000)
