"""Killed and cancelled trainings, started by real gunicorn workers and run by real trainer processes."""

import signal

import psutil
import pytest
from mlflow import MlflowClient

from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.trainings import ENDED, ask, order, trainer, training_status, wait_until, write_installation


@pytest.fixture(scope="module")
def installation(tiny_checkpoint, tiny_data, mlflow_tables, tmp_path_factory):
    """An installation that serves the shipped bundle."""
    return write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)


@pytest.fixture(scope="module")
def server(installation):
    with serve(installation.folder / "log", **installation.environment, EMOJI_API_WORKERS="2") as server:
        yield server


def has_begun_steps(server, path):
    """Return whether the training has done a step. It must be active."""
    job = training_status(server, path)
    assert job["state"] not in ENDED, job
    return job["progress"] > 0


@pytest.fixture
def status(installation):
    """Return a function that gets the status of a training's MLflow run."""
    client = MlflowClient(tracking_uri=installation.environment["MLFLOW_TRACKING_URI"])
    return lambda job: client.get_run(job["mlflow_run"]).info.status


def test_killed_trainer_is_reported_and_the_next_training_ends_its_run(installation, server, status):
    path = order(server)
    wait_until(lambda: has_begun_steps(server, path))
    trainer(path).send_signal(signal.SIGKILL)
    wait_until(lambda: training_status(server, path)["state"] == "failed", 10)
    killed = training_status(server, path)
    assert "is gone" in killed["error"] and status(killed) == "RUNNING"
    newest = ask(server, "GET", "/training?limit=1").json()["trainings"]
    assert [job["id"] for job in newest] == [path.rpartition("/")[2]]
    assert ModelStore(installation.folder / "models").served() is None

    following = order(server)
    wait_until(lambda: has_begun_steps(server, following))
    assert (status(killed), status(training_status(server, following))) == ("KILLED", "RUNNING")
    process = trainer(following)
    assert ask(server, "DELETE", following).json()["cancelling"] is True
    wait_until(lambda: training_status(server, following)["state"] == "cancelled")
    wait_until(lambda: not psutil.pid_exists(process.pid))  # it was reaped
    assert status(training_status(server, following)) == "KILLED"
    assert installation.leftovers() == []
    assert ask(server, "DELETE", following).status_code == 409
