"""The tracker of a training: the callbacks at its start, steps, epochs and end."""

from collections.abc import Mapping
from pathlib import Path

from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params


class Tracker:
    """An observer of a training that does nothing; subclasses override the events that they need.

    `run_id` is the id of the MLflow run, if there is one, and is written to `bundle.json`.
    """

    run_id: str | None = None

    def started(self, params: Params, data: TrainingData) -> None:
        """Handle the start: the data are read and checked, fitting follows."""

    def advanced(self, epoch: int, share: float) -> None:
        """Handle the end of a step: the `share` (0 to 1) of the steps of `epoch`, counted from 1, is done."""

    def epoch_ended(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Handle the end of an epoch, counted from 1, with its `metrics` by name."""

    def written(self, bundle: Path) -> None:
        """Handle the end: the bundle is complete in its folder."""

    def tag(self, name: str, value: str) -> None:
        """Record the tag `name` with a short text, such as why a trial was pruned."""
