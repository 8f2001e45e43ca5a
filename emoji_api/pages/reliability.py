"""Reliability diagrams: positions of the bins in the plot, and those of the shipped model from the file beside it."""

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any

from emoji_api.errors import BundleError
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.manifest import read_json
from emoji_api.inference.manifest_metrics import Bin, SplitMetrics
from emoji_api.shipped_model import RELIABILITY

SIZE = 100.0
"""Width and height of the plot, in units of its view box."""
LARGEST_RADIUS, SMALLEST_RADIUS = 4.5, 1.2


@dataclass(frozen=True, kw_only=True)
class Point:
    """A bin in the plot: its centre, its radius, and the ends of its interval."""

    x: float
    y: float
    radius: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The reliability diagram of a task."""

    task: str
    split: SplitMetrics
    points: list[Point]


def diagram(task: str, split: SplitMetrics) -> Diagram:
    """Return the diagram of a task on `split`. The area of a point is proportional to its rows."""
    most = max(bin.rows for bin in split.bins)
    return Diagram(task=task, split=split, points=[_point(bin, most) for bin in split.bins])


def shipped_reliability(version: str) -> dict[str, Any]:
    """Return `metrics` by task and split with the bins of the shipped model; empty for another `version`."""
    document = _read_shipped()
    metrics: dict[str, Any] = document["metrics"] if document["version"] == version else {}
    return metrics


@cache
def _read_shipped() -> dict[str, Any]:
    try:
        document: dict[str, Any] = read_json(packaged_bundle().parent / RELIABILITY)
    except BundleError:  # an installation without the file: there are no diagrams
        return {"version": None, "metrics": {}}
    return document


def _point(bin: Bin, most: int) -> Point:
    low, high = bin.interval
    return Point(
        x=SIZE * bin.confidence,
        y=SIZE * (1 - bin.accuracy),
        radius=max(SMALLEST_RADIUS, LARGEST_RADIUS * sqrt(bin.rows / most)),
        low=SIZE * (1 - low),
        high=SIZE * (1 - high),
    )
