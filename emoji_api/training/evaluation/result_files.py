"""Evaluation results as files for DVC: metrics by task, label pairs for confusion matrices, and training curves."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder, write_atomically

FOLDERS = {"metrics": ".json", "confusion": ".csv", "epochs": ".csv"}
"""The folders of an evaluation, and the suffix of the files in each."""


def write_evaluation(out: Path, metrics: Mapping[str, Mapping[str, Any]], manifest: Mapping[str, Any]) -> None:
    """Write an evaluation into the folder `out`, replacing an earlier one.

    `metrics` are the results of `evaluate_tasks`. The folder gets `metrics/TASK.json`; for classification tasks
    `confusion/TASK.csv` with a row per text; and `epochs/METRIC.csv` with a row per epoch of the training that the
    bundle manifest describes. Raises DataError if `out` has files that no evaluation writes.
    """
    require_evaluation_folder(out)
    with atomic_folder(out, replace=True) as folder:
        for name in FOLDERS:
            (folder / name).mkdir()
        for task, values in metrics.items():
            write_atomically(folder / "metrics" / f"{task}.json", json.dumps(scalar_metrics(values), indent=2) + "\n")
            if "confusion" in values:
                pairs = label_pairs(list(values["per_label"]), values["confusion"])
                write_atomically(folder / "confusion" / f"{task}.csv", csv_text(["actual", "predicted"], pairs))
        for metric, points in training_curves(manifest.get("training", {}).get("epochs", [])).items():
            write_atomically(folder / "epochs" / f"{metric}.csv", csv_text(["epoch", "value"], points))


def require_evaluation_folder(out: Path) -> None:
    """Raise DataError if the folder `out` has files that no evaluation writes: they would be lost."""
    own = {out / name for name in FOLDERS}
    own |= {path for name, suffix in FOLDERS.items() for path in out.glob(f"{name}/*{suffix}")}
    if other := next((path for path in out.rglob("*") if path not in own), None):
        raise DataError(
            f"{out}: {other.relative_to(out)} is not part of an evaluation and would be lost; "
            "choose a new folder or one of an earlier evaluation"
        )


def scalar_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics that are single numbers; an interval becomes two, `NAME_low` and `NAME_high`."""
    scalars: dict[str, float] = {}
    for name, value in metrics.items():
        if name.endswith("_interval"):
            scalars |= zip((f"{name}_low", f"{name}_high"), value, strict=True)
        elif isinstance(value, int | float):
            scalars[name] = value
    return scalars


def label_pairs(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> Iterable[tuple[str, str]]:
    """Yield the actual and the predicted label of each text that the confusion matrix counts."""
    for (row, actual), (column, predicted) in product(enumerate(labels), enumerate(labels)):
        yield from [(actual, predicted)] * confusion[row][column]


def training_curves(epochs: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """Return, by metric, its value in each epoch as pairs of the epoch, counted from 1, and the value."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for epoch, metrics in enumerate(epochs, 1):
        for metric, value in metrics.items():
            curves.setdefault(metric, []).append((epoch, value))
    return curves


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the content of a CSV file with a header."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()
