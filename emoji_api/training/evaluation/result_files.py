"""What was measured, as files that DVC reads: numbers by task, pairs of labels, points of curves."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from emoji_api.errors import DataError
from emoji_api.files import atomic_folder, write_atomically

PARTS = {"metrics": ".json", "confusion": ".csv", "epochs": ".csv"}
"""The folders that an evaluation writes, and how the names of their files end."""


def refuse_others(out: Path) -> None:
    """Raises DataError where the folder `out` has anything that no evaluation wrote: it would be lost."""
    own = {out / part for part in PARTS} | {path for part, end in PARTS.items() for path in out.glob(f"{part}/*{end}")}
    if other := next((path for path in out.rglob("*") if path not in own), None):
        raise DataError(f"{out}: has {other.relative_to(out)}, which is of no evaluation; give a folder of its own")


def write_evaluation(out: Path, measured: Mapping[str, Mapping[str, Any]], manifest: Mapping[str, Any]) -> None:
    """Write the folder `out`, in place of an evaluation that is there; raises DataError where there is anything else.

    It has of each task `metrics/TASK.json` and, but of the phrase, `confusion/TASK.csv`, a row a text; and of the
    training that the bundle's `manifest` tells of, `epochs/MEASURE.csv`, a row an epoch.
    """
    refuse_others(out)
    with atomic_folder(out, replace=True) as folder:
        for name in PARTS:
            (folder / name).mkdir()
        for task, of_task in measured.items():
            write_atomically(folder / "metrics" / f"{task}.json", json.dumps(numbers(of_task), indent=2) + "\n")
            if "confusion" in of_task:
                pairs = confused(list(of_task["per_label"]), of_task["confusion"])
                write_atomically(folder / "confusion" / f"{task}.csv", table(["actual", "predicted"], pairs))
        for measure, points in curves(manifest.get("training", {}).get("epochs", [])).items():
            write_atomically(folder / "epochs" / f"{measure}.csv", table(["epoch", "value"], points))


def numbers(of_task: Mapping[str, Any]) -> dict[str, float]:
    """The numbers over all labels that `evaluate` gives; an interval is `_low` and `_high`."""
    found: dict[str, float] = {}
    for name, value in of_task.items():
        if name.endswith("_interval"):
            found |= zip((f"{name}_low", f"{name}_high"), value, strict=True)
        elif isinstance(value, int | float):
            found[name] = value
    return found


def confused(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> Iterable[tuple[str, str]]:
    """The label that each text has and the one that it was given, from how many there are of each pair."""
    for (row, actual), (column, predicted) in product(enumerate(labels), enumerate(labels)):
        yield from [(actual, predicted)] * matrix[row][column]


def curves(epochs: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    """The epochs, counted from 1, and the values of each measure."""
    found: dict[str, list[tuple[int, float]]] = {}
    for epoch, measures in enumerate(epochs, 1):
        for measure, value in measures.items():
            found.setdefault(measure, []).append((epoch, value))
    return found


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file's content."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    return text.getvalue()
