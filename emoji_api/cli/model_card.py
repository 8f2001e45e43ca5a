"""The card of a model: what a person wants to know about a bundle, on one screen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoji_api.cli.output import Column, print_line, print_table
from emoji_api.inference.bundle import Bundle
from emoji_api.inference.manifest_metrics import SplitMetrics, main_metric, read_splits
from emoji_api.tasks import Task

TERMS = "code MIT; the data have terms of their own, see CITATION.md"
FACTS = (Column("", style="dim"), Column("", wraps=True))
TASKS = (
    Column("task", style="bold"),
    Column("labels", right=True),
    Column("metric", wraps=True),
    Column("test", right=True, style="bold"),
    Column("95 % interval"),
    Column("cal. error", right=True),
    Column("texts", right=True),
)


def print_card(bundle: Bundle) -> None:
    """Print the card of `bundle`: origin, size, data and terms, then quality and calibration of each task."""
    print_table(FACTS, facts(bundle), headings=False)
    print_line("")
    print_table(TASKS, [task_row(bundle, task) for task in bundle.tasks.values()])


def facts(bundle: Bundle) -> list[tuple[str, str]]:
    """Return the names and values of the card's first part."""
    manifest = bundle.manifest
    return [
        ("version", bundle.version),
        ("created", f"{bundle.created_at:%Y-%m-%d %H:%M} UTC"),
        ("size", f"{bundle.served_bytes / 1e6:.1f} MB, texts of up to {bundle.max_length} tokens"),
        ("commit", str(manifest.get("source_commit") or "unknown")),
        ("data", data_summary(manifest.get("data") or {})),
        ("terms", TERMS),
    ]


def data_summary(data: Mapping[str, Any]) -> str:
    """Return the names of the training data sets and the number of their files."""
    names = dict.fromkeys(Path(file).parts[0] for file in data)
    return f"{', '.join(names)} ({len(data)} files)" if data else "unknown"


def task_row(bundle: Bundle, task: Task) -> list[str]:
    """Return the cells of a task: its main metric on the test split, or else on validation, and its calibration."""
    splits = read_splits(task, bundle.metrics.get(task.name))
    split = splits.get("test") or splits.get("validation")
    return [task.name, str(len(task.labels)), *(metric_cells(task, split) if split else ["-"] * 5)]


def metric_cells(task: Task, split: SplitMetrics) -> list[str]:
    """Return the name of the task's main metric, its value and interval, the calibration error, and the rows."""
    metric = main_metric(task, split)
    return [
        metric.name if metric else "-",
        f"{metric.value:.3f}" if metric else "-",
        "{:.3f}-{:.3f}".format(*metric.interval) if metric and metric.interval else "-",
        "-" if split.calibration_error is None else f"{split.calibration_error:.3f}",
        "-" if split.rows is None else f"{split.rows:,}",
    ]
