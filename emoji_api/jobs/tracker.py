"""An MLflow run of a training that was ordered: its reporter is told too."""

import math
import signal
from collections.abc import Mapping
from types import TracebackType

from emoji_api.jobs.reporter import Reporter
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params
from emoji_api.training.tracking.mlflow_run import MlflowTracker


class JobTracker(MlflowTracker):
    """Tells the `reporter` of a training of at most so many `epochs` how far it is."""

    def __init__(self, reporter: Reporter, epochs: int, *, with_saved_model: bool):
        super().__init__(with_saved_model=with_saved_model)
        self.reporter = reporter
        self.epochs = epochs

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the run whole: a stop in the middle would leave it open."""
        heard = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        super().__exit__(kind, error, trace)
        if kind is None:  # the gate may be stopped: who cancels asks for it at every heartbeat
            signal.signal(signal.SIGTERM, heard)

    def started(self, params: Params, data: TrainingData) -> None:
        """Tells the run's id."""
        super().started(params, data)
        self.reporter.tell(mlflow_run=self.run_id)

    def advanced(self, epoch: int, share: float) -> None:
        """Tells the share of all epochs' steps."""
        self.reporter.tell(epoch=epoch, progress=(epoch - 1 + share) / self.epochs)

    def epoch_ended(self, epoch: int, measured: Mapping[str, float]) -> None:
        """Tells what was measured; what is no number is not told, for JSON has no word for it."""
        super().epoch_ended(epoch, measured)
        self.reporter.tell(metrics={name: value if math.isfinite(value) else None for name, value in measured.items()})
