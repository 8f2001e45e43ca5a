"""The card of a model: what a person wants to know about a bundle, on one screen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoji_api.cli.output import Column, print_line, print_table
from emoji_api.inference.bundle import SAVED_MODEL, Bundle

MAIN_METRICS = {"accuracy": "accuracy", "jaccard": "word overlap"}
"""Key of the metric that the card shows -> its name; the first that a task has."""
TERMS = "code MIT; the data have terms of their own, see CITATION.md"
FACTS = (Column("", style="dim"), Column("", wraps=True))
TASKS = (
    Column("task", style="bold"),
    Column("labels", right=True),
    Column("metric"),
    Column("test", right=True, style="bold"),
    Column("95 % interval"),
    Column("cal. error", right=True),
    Column("texts", right=True),
)


def print_card(bundle: Bundle) -> None:
    """Print the card of `bundle`: origin, size, data and terms, then quality and calibration of each task."""
    print_table(FACTS, facts(bundle), headings=False)
    print_line("")
    print_table(TASKS, [task_row(bundle, name) for name in bundle.tasks])


def facts(bundle: Bundle) -> list[tuple[str, str]]:
    """Return the names and values of the card's first part."""
    manifest = bundle.manifest
    return [
        ("version", bundle.version),
        ("created", f"{bundle.created_at:%Y-%m-%d %H:%M} UTC"),
        ("size", f"{served_bytes(bundle) / 1e6:.1f} MB, texts of up to {bundle.max_length} tokens"),
        ("commit", str(manifest.get("source_commit") or "unknown")),
        ("data", data_summary(manifest.get("data") or {})),
        ("terms", TERMS),
    ]


def served_bytes(bundle: Bundle) -> int:
    """Return the size of the files that serving needs: all but the SavedModel."""
    files = bundle.manifest["files"]
    return sum(entry["size"] for name, entry in files.items() if not name.startswith(f"{SAVED_MODEL}/"))


def data_summary(data: Mapping[str, Any]) -> str:
    """Return the names of the training data sets and the number of their files."""
    names = dict.fromkeys(Path(file).parts[0] for file in data)
    return f"{', '.join(names)} ({len(data)} files)" if data else "unknown"


def task_row(bundle: Bundle, name: str) -> list[str]:
    """Return the cells of a task: its main metric on the test split, or else on validation, and its calibration."""
    splits = bundle.metrics.get(name, {})
    metrics = splits.get("test") or splits.get("validation") or {}
    return [name, str(len(bundle.tasks[name].labels)), *metric_cells(metrics)]


def metric_cells(metrics: Mapping[str, Any]) -> list[str]:
    """Return the name of the main metric among `metrics`, its value, interval, calibration error and rows."""
    key = next((key for key in MAIN_METRICS if key in metrics), None)
    if key is None:
        return ["-"] * 5
    low, high = metrics.get(f"{key}_interval", (None, None))
    error = metrics.get("expected_calibration_error")
    return [
        MAIN_METRICS[key],
        f"{metrics[key]:.3f}",
        "-" if low is None else f"{low:.3f}-{high:.3f}",
        "-" if error is None else f"{error:.3f}",
        f"{metrics.get('rows', 0):,}",
    ]
