"""The metrics in a manifest as a page shows them. A manifest may be anybody's: values of another form are left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from emoji_api.inference.intervals import Interval, bootstrap_intervals, wilson_interval
from emoji_api.tasks import Task, primary_metric

MAX_ROWS = 10**9
MAX_LABELS = 50
"""Labels of a confusion matrix from which intervals are computed: more would need too much memory."""
MAX_BINS = 100
METRICS = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "macro_recall": "macro recall",
    "jaccard": "word-level Jaccard",
    "exact": "exact match",
    "top_5_accuracy": "top-5 accuracy",
}
"""The names of metrics, by their key in a manifest."""
SPLITS = {"test": "test", "annotated": "annotated tweets", "validation": "validation"}
"""The names of splits, by their key in a manifest, in the order in which they are shown."""

_SHARE = validate.Range(0, 1)


class _BinSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    confidence = fields.Float(required=True, validate=_SHARE)
    accuracy = fields.Float(required=True, validate=_SHARE)
    rows = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_ROWS))


class _SplitSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    rows = fields.Integer(strict=True, validate=validate.Range(1, MAX_ROWS))
    accuracy = fields.Float(validate=_SHARE)
    macro_f1 = fields.Float(validate=_SHARE)
    macro_recall = fields.Float(validate=_SHARE)
    jaccard = fields.Float(validate=_SHARE)
    exact = fields.Float(validate=_SHARE)
    top_5_accuracy = fields.Float(validate=_SHARE)
    mean_confidence = fields.Float(validate=_SHARE)
    expected_calibration_error = fields.Float(validate=_SHARE)
    calibration_error_by_chance = fields.Float(validate=_SHARE)
    confusion = fields.List(
        fields.List(fields.Integer(strict=True, validate=validate.Range(0, MAX_ROWS))),
        validate=validate.Length(1, MAX_LABELS),
    )
    reliability = fields.List(fields.Nested(_BinSchema), validate=validate.Length(1, MAX_BINS))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A metric: its name, its value, and its 95 % interval, `None` if the manifest does not tell enough for it."""

    name: str
    value: float
    interval: Interval | None


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The rows with about the same confidence: its mean, and the share of correct answers with its 95 % interval."""

    confidence: float
    accuracy: float
    rows: int
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class SplitMetrics:
    """The metrics of a task on a split. `metrics` are by key; `bins` are those of the reliability diagram."""

    name: str
    rows: int | None
    metrics: dict[str, Measured]
    mean_confidence: float | None
    calibration_error: float | None
    calibration_error_by_chance: float | None
    bins: list[Bin]


def read_splits(task: Task, metrics: object) -> dict[str, SplitMetrics]:
    """Return the metrics of `task` by split, from the value of its key in the `metrics` of a manifest."""
    if not isinstance(metrics, Mapping):
        return {}
    splits = {name: _read_split(task, title, metrics[name]) for name, title in SPLITS.items() if name in metrics}
    return {name: split for name, split in splits.items() if split.metrics or split.bins}


def main_metric(task: Task, split: SplitMetrics) -> Measured | None:
    """Return the metric by which the task is compared, or else the first one that the split has."""
    return split.metrics.get(primary_metric(task.name)) or next(iter(split.metrics.values()), None)


def _read_split(task: Task, title: str, document: object) -> SplitMetrics:
    values = _valid(document)
    rows: int | None = values.get("rows")
    intervals: dict[str, Interval] = {}
    if rows:
        for key in ("accuracy", "exact", "top_5_accuracy"):
            if key in values:
                intervals[key] = wilson_interval(values[key] * rows, rows)
    confusion = tuple(map(tuple, values.get("confusion", [])))
    if confusion and {len(confusion), *map(len, confusion)} == {len(task.labels)}:
        intervals |= bootstrap_intervals(confusion)
    return SplitMetrics(
        name=title,
        rows=rows,
        metrics={
            key: Measured(name=name, value=values[key], interval=intervals.get(key))
            for key, name in METRICS.items()
            if key in values
        },
        mean_confidence=values.get("mean_confidence"),
        calibration_error=values.get("expected_calibration_error"),
        calibration_error_by_chance=values.get("calibration_error_by_chance"),
        bins=[
            Bin(interval=wilson_interval(bin["accuracy"] * bin["rows"], bin["rows"]), **bin)
            for bin in values.get("reliability", [])
        ],
    )


def _valid(document: object) -> dict[str, Any]:
    """Return the values of a split's metrics that have the form that they should have."""
    if not isinstance(document, Mapping):
        return {}
    try:
        loaded: dict[str, Any] = _SplitSchema().load(document)
        return loaded
    except ValidationError as error:
        wrong = error.messages_dict
        return _SplitSchema().load({key: value for key, value in document.items() if key not in wrong})
