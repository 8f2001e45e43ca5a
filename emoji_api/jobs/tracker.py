"""Tracker of a training job: an MLflow run that also reports progress to the job's row in the database."""

import math
import signal
from collections.abc import Mapping
from types import TracebackType

from emoji_api.jobs.reporter import Reporter
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params
from emoji_api.training.tracking.mlflow_run import MlflowTracker


class JobTracker(MlflowTracker):
    """MLflow run of a job that trains for at most `epochs` epochs and reports to `reporter`."""

    def __init__(self, reporter: Reporter, epochs: int, *, with_saved_model: bool):
        super().__init__(with_saved_model=with_saved_model)
        self.reporter = reporter
        self.epochs = epochs

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run. SIGTERM is ignored meanwhile, because an interruption would leave the run open.

        It stays ignored if the training failed or was stopped. A cancellation ignored here is requested again at the
        next heartbeat.
        """
        handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        super().__exit__(kind, error, trace)
        if kind is None:
            signal.signal(signal.SIGTERM, handler)

    def started(self, params: Params, data: TrainingData) -> None:
        """Start the run and report its id."""
        super().started(params, data)
        self.reporter.update(mlflow_run=self.run_id)

    def advanced(self, epoch: int, share: float) -> None:
        """Report the completed share of all epochs."""
        self.reporter.update(epoch=epoch, progress=(epoch - 1 + share) / self.epochs)

    def epoch_ended(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report the epoch's metrics. NaN and infinity become null, because JSON has no such numbers."""
        super().epoch_ended(epoch, metrics)
        finite = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        self.reporter.update(metrics=finite)
