"""The MLflow run of a job is ended even if SIGTERM arrives meanwhile; progress goes to the job's row."""

import math
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from emoji_api.database.extension import Database
from emoji_api.errors import DataError
from emoji_api.jobs import queue
from emoji_api.jobs.reporter import Reporter
from emoji_api.jobs.tracker import JobTracker
from emoji_api.jobs.trainer import Stopped, raise_stopped


@pytest.fixture(autouse=True)
def restored_handler() -> Iterator[None]:
    """Ignore SIGTERM, and restore its handler after the test."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


class InterruptedTracker(JobTracker):
    """Gets SIGTERM before each call of MLflow."""

    def _on_run(self, loss: str, step: Callable[[MlflowClient, str], object]) -> None:
        signal.raise_signal(signal.SIGTERM)
        super()._on_run(loss, step)


@pytest.mark.parametrize(
    ("error", "status", "handler"),
    [
        (Stopped(), "KILLED", signal.SIG_IGN),
        (DataError("no data"), "FAILED", signal.SIG_IGN),
        (None, "FINISHED", raise_stopped),
    ],
)
def test_sigterm_while_the_run_ends_does_not_leave_it_open(
    mlflow: MlflowClient, error: BaseException | None, status: str, handler: object
) -> None:
    reporter = Reporter(Database("sqlite://"), uuid4(), 5, lambda: None)
    tracker = InterruptedTracker(reporter, 1, with_saved_model=False)
    with suppress(Stopped, DataError), tracker:
        tracker.begin()
        signal.signal(signal.SIGTERM, raise_stopped)
        if error:
            raise error
    assert tracker.run_id and mlflow.get_run(tracker.run_id).info.status == status
    assert signal.getsignal(signal.SIGTERM) is handler


def test_progress_and_metrics_are_reported(mlflow: MlflowClient) -> None:
    database = Database("sqlite://")
    with database.session() as session:
        job_id = queue.order(session, {})[0].id
    reporter = Reporter(database, job_id, 60, lambda: None)
    reporter.claim()
    tracker = JobTracker(reporter, 4, with_saved_model=False)
    tracker.advanced(2, 0.5)
    tracker.epoch_ended(2, {"loss": 1.5, "score": math.nan})
    reporter.end("rejected")
    with database.session() as session:
        job = queue.find(session, job_id)
    assert (job.epoch, job.progress, job.metrics) == (2, 0.375, {"loss": 1.5, "score": None})


def test_sigterm_during_the_cleanup_does_not_interrupt_it() -> None:
    signal.signal(signal.SIGTERM, raise_stopped)
    cleaned_up = False
    with suppress(Stopped):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Stopped):
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleaned_up = True
    assert cleaned_up
