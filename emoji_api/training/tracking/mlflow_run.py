"""A training as an MLflow run: parameters, curves, metrics, figures, and the bundle as the challenger."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Metric, Param
from mlflow.utils.mlflow_tags import (
    MLFLOW_GIT_COMMIT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_SOURCE_NAME,
    MLFLOW_SOURCE_TYPE,
)

from emoji_api import processes
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.training.evaluation.plots import reliability
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.bundle import source_commit
from emoji_api.training.gate.answers import answer
from emoji_api.training.params import Params
from emoji_api.training.tracker import Tracker
from emoji_api.training.tracking.bundle_log import confusion_figures, log_bundle
from emoji_api.training.tracking.registry import CHALLENGER, Registry
from emoji_api.training.tracking.runs import TRAINER, create_run, end_orphaned_runs, open_client, timestamp

DIGEST_LENGTH = 36
"""Maximum length of a data set digest in MLflow; `data.json` and `bundle.json` have the whole SHA-256."""

logger = logging.getLogger(__name__)


class MlflowTracker(Tracker):
    """A tracker that logs a training to an MLflow run; use it as a context manager.

    On exit the run ends as FINISHED, as FAILED after an exception, or as KILLED after another BaseException such as
    KeyboardInterrupt. An error of MLflow is logged as a warning and does not stop the training.

    `parent` is the id of the run to nest this one in, `resume` the id of a run to continue. `with_saved_model` also
    logs the SavedModel, from which a later training can start.
    """

    def __init__(
        self,
        name: str = "train",
        *,
        parent: str | None = None,
        resume: str | None = None,
        with_saved_model: bool = False,
    ):
        self.name = name
        self.parent = parent
        self.resume = resume
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
        self._log("the run stays open", lambda client, run_id: client.set_terminated(run_id, status))

    def begin(self) -> None:
        """Create the run or resume it, and end orphaned runs of trainers that were killed."""
        self._warn_on_error("the training is not tracked", self._begin)
        self._log("runs of killed trainers stay open", lambda client, run_id: end_orphaned_runs(client))

    def started(self, params: Params, data: TrainingData) -> None:
        """Begin the run and log the parameters, flat and as a file, and the hash of each data file."""
        self.begin()
        self.data = data
        flat = [Param(name, value) for name, value in flat_params(params.as_dict())]
        inputs = [DatasetInput(_dataset(name, entry), tags=[]) for name, entry in data.manifest.items()]

        def log(client: MlflowClient, run_id: str) -> None:
            client.log_batch(run_id, params=flat)
            client.log_dict(run_id, params.as_dict(), "params.yaml")
            client.log_dict(run_id, data.manifest, "data.json")
            client.log_inputs(run_id, inputs)

        self._log("parameters and data are not logged", log)

    def epoch_ended(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of the epoch."""
        logged = [Metric(name, value, timestamp(), epoch) for name, value in metrics.items()]
        self._log(f"epoch {epoch} is not logged", lambda client, run_id: client.log_batch(run_id, metrics=logged))

    def written(self, bundle: Path) -> None:
        """Log the bundle, register it as the challenger, and log confusion matrices and reliability diagrams."""

        def register(client: MlflowClient, run_id: str) -> None:
            log_bundle(client, run_id, bundle, with_saved_model=self.with_saved_model)
            Registry(client).register(bundle, run_id, alias=CHALLENGER)

        self._log(f"the bundle is not registered; to register it: emoji-api models register {bundle}", register)
        self._log("figures are not logged", lambda client, run_id: self._log_figures(client, run_id, bundle))

    def tag(self, name: str, value: str) -> None:
        """Set a tag of the run."""
        self._log(f"the tag {name} is not set", lambda client, run_id: client.set_tag(run_id, name, value))

    def _begin(self) -> None:
        self.client = open_client()
        trainer = {TRAINER: mark} if (mark := processes.process_mark()) else {}
        if self.resume:
            for name, value in trainer.items():
                self.client.set_tag(self.resume, name, value)
            self.client.update_run(self.resume, status="RUNNING")
            self.run_id = self.resume
            return
        tags = {MLFLOW_SOURCE_NAME: "emoji-api", MLFLOW_SOURCE_TYPE: "LOCAL"} | trainer
        tags |= {MLFLOW_PARENT_RUN_ID: self.parent} if self.parent else {}
        tags |= {MLFLOW_GIT_COMMIT: commit} if (commit := source_commit()) else {}
        self.run_id = create_run(self.client, self.name, tags).info.run_id

    def _log_figures(self, client: MlflowClient, run_id: str, bundle: Path) -> None:
        for path, figure in confusion_figures(read_bundle(bundle, verify=False).metrics):
            client.log_figure(run_id, figure, path)
        if self.data:
            classifier = load_classifier(bundle)
            for task in self.data.tasks:
                answers = answer(classifier, task, self.data.validation[task.name])
                uncertain = answers.uncertain
                figure = reliability(answers.confidence[uncertain], answers.correct[uncertain], task.name)
                client.log_figure(run_id, figure, f"reliability/{task.name}.png")

    def _log(self, warning: str, step: Callable[[MlflowClient, str], object]) -> None:
        """Run `step` with the client and the run id if there is a run; log the `warning` if it fails."""
        if (client := self.client) and (run_id := self.run_id):
            self._warn_on_error(warning, lambda: step(client, run_id))

    def _warn_on_error(self, warning: str, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # of MLflow, its database or the network: a training must survive all of them
            logger.warning("MLflow: %s (%s: %s)", warning, type(error).__name__, error)


def flat_params(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield parameters with names such as `fit.learning_rate`.

    Values nested more deeply are JSON, since their keys may have characters that MLflow does not allow in a name.
    """
    for name, value in values.items():
        section = {f"{name}.{key}": entry for key, entry in value.items()} if isinstance(value, Mapping) else {}
        for full_name, entry in section.items() or [(name, value)]:
            nested = isinstance(entry, Mapping | list | tuple)
            yield full_name, json.dumps(entry, ensure_ascii=False) if nested else str(entry)


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    return Dataset(name=name, digest=str(entry["sha256"])[:DIGEST_LENGTH], source_type="local", source=name)
