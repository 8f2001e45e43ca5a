"""The model card of the served model, for people. Everything in a manifest is shown as text, whoever wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app

from emoji_api import shipped_model
from emoji_api.database.extension import served_database
from emoji_api.errors import DatabaseUnavailable, DependencyMissing
from emoji_api.inference.bundle import ONNX, Bundle
from emoji_api.inference.manifest_metrics import Measured, SplitMetrics, main_metric, read_splits
from emoji_api.jobs import queue
from emoji_api.pages.reliability import SIZE, Diagram, diagram, shipped_reliability
from emoji_api.pages.rendering import render_page
from emoji_api.rest.serving import answering_model
from emoji_api.shipped_model import DataSet, PublishedResult
from emoji_api.tasks import Task

SHOWN_DECISIONS = 20
SHOWN_LABELS = 8
MAX_TEXT = 200
"""Length at which texts of a manifest are cut, in characters."""
CALIBRATED_ON = "validation"
FACTS = {
    "source_commit": "Source commit",
    "mlflow_run": "MLflow run",
    "exported_from": "Exported again from",
    "averaged_with": "Averaged with",
}
"""Names of facts at the top of a manifest."""
TRAINING_FACTS = {"encoder": "Encoder", "started_from": "Training started from", "seed": "Seed"}
"""Names of facts in the section `training` of a manifest."""

blp = Blueprint("model_page", __name__)


@dataclass(frozen=True, kw_only=True)
class TaskCard:
    """A task of the model: its metrics by split, and the published results that it is compared with."""

    task: Task
    title: str
    threshold: float | None
    splits: dict[str, SplitMetrics]
    published: list[PublishedResult]

    @property
    def compared(self) -> list[tuple[SplitMetrics, Measured]]:
        """The splits in the table, each with the main metric: those that nothing was fitted on, or else validation."""
        unseen = [split for name, split in self.splits.items() if name != CALIBRATED_ON]
        pairs = [(split, main_metric(self.task, split)) for split in unseen or self.splits.values()]
        return [(split, metric) for split, metric in pairs if metric]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A training whose model the gate has promoted or rejected; `failed` are the names of the failed checks."""

    time: datetime | None
    version: str | None
    promoted: bool
    failed: list[str]


@blp.get("/model")
def show_model() -> Response:
    """Return the page of the served model."""
    bundle = answering_model().bundle
    tasks = [_task_card(bundle, task) for task in bundle.tasks.values()]
    return render_page(
        "model.html",
        bundle=bundle,
        tasks=tasks,
        known=shipped_model if bundle.version == shipped_model.VERSION else None,
        weaknesses=_weaknesses(bundle),
        diagrams=_diagrams(tasks),
        size=SIZE,
        data_sets=_data_sets(bundle),
        files=_rows_of_files(bundle),
        facts=_facts(bundle),
        decisions=_decisions(),
        megabytes=bundle.served_bytes / 1e6,
        engine=current_app.config["ENGINE"],
        shown_labels=SHOWN_LABELS,
        network=ONNX,
    )


def _task_card(bundle: Bundle, task: Task) -> TaskCard:
    metrics = bundle.metrics.get(task.name)
    if isinstance(metrics, Mapping):
        bins = shipped_reliability(bundle.version).get(task.name, {})
        metrics = {
            name: {**bins.get(name, {}), **split} if isinstance(split, Mapping) else split
            for name, split in metrics.items()
        }
    is_shipped = bundle.version == shipped_model.VERSION
    return TaskCard(
        task=task,
        title=task.name.replace("_", " ").capitalize(),
        threshold=bundle.decision_rules[task.name].threshold,
        splits=read_splits(task, metrics),
        published=[result for result in shipped_model.PUBLISHED if is_shipped and result.task == task.name],
    )


def _weaknesses(bundle: Bundle) -> list[shipped_model.Weakness]:
    """Return the weaknesses of the shipped model that concern a task of `bundle`; none for another model."""
    if bundle.version != shipped_model.VERSION:
        return []
    return [
        weakness
        for weakness in shipped_model.WEAKNESSES
        if not weakness.tasks or bundle.tasks.keys() & set(weakness.tasks)
    ]


def _diagrams(tasks: list[TaskCard]) -> list[Diagram]:
    """Return a reliability diagram for each task whose bins are known, on the split of the calibration if possible."""
    found = []
    for card in tasks:
        splits = [split for split in (card.splits.get(CALIBRATED_ON), *card.splits.values()) if split and split.bins]
        if splits:
            found.append(diagram(card.title, splits[0]))
    return found


def _rows_of_files(bundle: Bundle) -> dict[str, int]:
    """Return the number of rows of each data file that the manifest names."""
    data = bundle.manifest.get("data")
    entries = data.items() if isinstance(data, Mapping) else ()
    rows = {_short(name): entry.get("rows") for name, entry in entries if isinstance(entry, Mapping)}
    return {name: number for name, number in rows.items() if isinstance(number, int) and number >= 0}


def _data_sets(bundle: Bundle) -> list[tuple[DataSet, int | None]]:
    """Return the shipped model's data sets with the number of their texts in the manifest; none for another model."""
    if bundle.version != shipped_model.VERSION:
        return []
    files = _rows_of_files(bundle)
    counted = []
    for data in shipped_model.DATA_SETS:
        # the labels of a text are in a file of their own
        rows = [n for name, n in files.items() if name.startswith(f"{data.folder}/") and "labels" not in name]
        if rows or not data.folder:
            counted.append((data, sum(rows) if rows else None))
    return counted


def _facts(bundle: Bundle) -> list[tuple[str, str]]:
    """Return names and values of what the manifest tells about the model's origin."""
    manifest = bundle.manifest
    training = manifest.get("training")
    values = [(name, manifest.get(key)) for key, name in FACTS.items()]
    if isinstance(training, Mapping):
        values += [(name, training.get(key)) for key, name in TRAINING_FACTS.items()]
    libraries = manifest.get("libraries")
    if isinstance(libraries, Mapping):
        values.append(("Libraries", ", ".join(f"{name} {version}" for name, version in libraries.items())))
    return [(name, _short(_plain(value))) for name, value in values if value not in (None, "")]


def _plain(value: Any) -> str:
    """Return a value of a manifest as text; the values of a dictionary are separated by commas."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _decisions() -> list[Decision] | None:
    """Return the latest decisions of the gate on trainings of this service, `None` without a database."""
    try:
        with served_database().session() as session:
            jobs = queue.list_decided_jobs(session, SHOWN_DECISIONS)
    except (DatabaseUnavailable, DependencyMissing):
        return None
    return [
        Decision(
            time=job.ended_at,
            version=job.version,
            promoted=job.state == "promoted",
            failed=[str(reason.get("check")) for reason in job.reasons if isinstance(reason, Mapping)],
        )
        for job in jobs
    ]
