"""What may watch a training: told of its start, each epoch and its bundle."""

from collections.abc import Mapping
from pathlib import Path

from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params


class Tracker:
    """Watches a training and keeps nothing. `run_id` is what `bundle.json` names as its MLflow run."""

    run_id: str | None = None

    def started(self, params: Params, data: TrainingData) -> None:
        """The data are read; fitting begins."""

    def advanced(self, epoch: int, share: float) -> None:
        """This `share` of an epoch's steps, counted from 1, is done."""

    def epoch_ended(self, epoch: int, measured: Mapping[str, float]) -> None:
        """What was measured after an epoch, counted from 1."""

    def written(self, bundle: Path) -> None:
        """The bundle is in its place."""

    def tag(self, name: str, value: str) -> None:
        """A fact in a word or a line."""
