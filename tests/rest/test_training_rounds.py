"""Trainings that end before their time, ordered from real workers and trained by real processes."""

import signal

import psutil
import pytest
from mlflow import MlflowClient

from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.trainings import ENDED, ask, order, trainer, training_status, wait_until, write_installation


@pytest.fixture(scope="module")
def installation(tiny_checkpoint, tiny_data, mlflow_tables, tmp_path_factory):
    """An installation that serves the bundle that ships."""
    return write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)


@pytest.fixture(scope="module")
def server(installation):
    with serve(installation.folder / "log", **installation.environment, EMOJI_API_WORKERS="2") as server:
        yield server


def trains(server, path):
    """Whether its steps are under way."""
    job = training_status(server, path)
    assert job["state"] not in ENDED, job
    return job["progress"] > 0


@pytest.fixture
def status(installation):
    """What MLflow says of the run of a training."""
    client = MlflowClient(tracking_uri=installation.environment["MLFLOW_TRACKING_URI"])
    return lambda job: client.get_run(job["mlflow_run"]).info.status


def test_a_trainer_that_was_killed_is_told_and_the_next_ends_its_run(installation, server, status):
    path = order(server)
    wait_until(lambda: trains(server, path))
    trainer(path).send_signal(signal.SIGKILL)
    wait_until(lambda: training_status(server, path)["state"] == "failed", 10)
    killed = training_status(server, path)
    assert "is gone" in killed["error"] and status(killed) == "RUNNING"
    newest = ask(server, "GET", "/training?limit=1").json()["trainings"]
    assert [job["id"] for job in newest] == [path.rpartition("/")[2]]
    assert ModelStore(installation.folder / "models").served() is None

    following = order(server)
    wait_until(lambda: trains(server, following))
    assert (status(killed), status(training_status(server, following))) == ("KILLED", "RUNNING")
    process = trainer(following)
    assert ask(server, "DELETE", following).json()["cancelling"] is True
    wait_until(lambda: training_status(server, following)["state"] == "cancelled")
    wait_until(lambda: not psutil.pid_exists(process.pid))  # no zombie is left of it
    assert status(training_status(server, following)) == "KILLED"
    assert installation.leftovers() == []
    assert ask(server, "DELETE", following).status_code == 409
