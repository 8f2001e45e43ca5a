"""A training's MLflow run is ended, whatever asks its trainer to end meanwhile."""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from mlflow import MlflowClient

from emoji_api.database.extension import Database
from emoji_api.errors import DataError
from emoji_api.jobs.reporter import Reporter
from emoji_api.jobs.tracker import JobTracker
from emoji_api.jobs.trainer import Stopped, stop


@pytest.fixture(autouse=True)
def unstopped() -> Iterator[None]:
    """Nothing of what is sent here is left to the tests after."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


class Hounded(JobTracker):
    """Is told to stop before each thing that it tells MLflow."""

    def _on_run(self, loss: str, step: Callable[[MlflowClient, str], object]) -> None:
        signal.raise_signal(signal.SIGTERM)
        super()._on_run(loss, step)


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (Stopped(), "KILLED", signal.SIG_IGN),
        (DataError("no data"), "FAILED", signal.SIG_IGN),
        (None, "FINISHED", stop),
    ],
)
def test_a_stop_while_it_ends_leaves_no_run_open(
    mlflow: MlflowClient, error: BaseException | None, status: str, after: object
) -> None:
    reporter = Reporter(Database("sqlite://"), uuid4(), 5, lambda: None)
    tracker = Hounded(reporter, 1, with_saved_model=False)
    with suppress(Stopped, DataError), tracker:
        tracker.begin()
        signal.signal(signal.SIGTERM, stop)
        if error:
            raise error
    assert tracker.run_id and mlflow.get_run(tracker.run_id).info.status == status
    assert signal.getsignal(signal.SIGTERM) is after


def test_what_a_stop_undoes_is_undone_whole_and_one_that_got_lost_comes_again() -> None:
    signal.signal(signal.SIGTERM, stop)
    undone = False
    with suppress(Stopped):
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Stopped):
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            undone = True
    assert undone
