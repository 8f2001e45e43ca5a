"""Killed and cancelled trainings, started by real gunicorn workers and run by real trainer processes."""

import signal

import psutil
import pytest
from mlflow import MlflowClient

from emoji_api.database.tables import FINAL_TRAINING_STATES
from emoji_api.inference.store import ModelStore
from emoji_api.jobs.trainings import MAX_MISSED_HEARTBEATS
from tests.server import serve
from tests.trainings import (
    find_trainer,
    send_admin_request,
    start_training,
    training_status,
    wait_for_end,
    write_installation,
)
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def installation(tiny_checkpoint, tiny_data, mlflow_tables, tmp_path_factory):
    """An installation that serves the shipped bundle."""
    return write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)


@pytest.fixture(scope="module")
def server(installation):
    with serve(installation.folder / "log", **installation.environment, EMOJI_API_WORKERS="2") as server:
        yield server


def has_begun_steps(server, path):
    """Return whether the training has done a step. Fail if it has ended."""
    job = training_status(server, path)
    assert job["state"] not in FINAL_TRAINING_STATES, job
    return job["progress"] > 0


@pytest.fixture
def run_status(installation):
    """Return a function that gets the status of a training's MLflow run."""
    client = MlflowClient(tracking_uri=installation.environment["MLFLOW_TRACKING_URI"])
    return lambda job: client.get_run(job["mlflow_run"]).info.status


def test_killed_trainer_is_reported_and_the_next_training_closes_its_mlflow_run(installation, server, run_status):
    path = start_training(server)
    wait_until(lambda: has_begun_steps(server, path))
    find_trainer(path).send_signal(signal.SIGKILL)
    limit = 2 * MAX_MISSED_HEARTBEATS * installation.settings["training_heartbeat"]
    wait_until(lambda: training_status(server, path)["state"] == "failed", limit)
    killed = training_status(server, path)
    assert "is gone" in killed["error"] and run_status(killed) == "RUNNING"
    newest = send_admin_request(server, "GET", "/training?limit=1").json()["trainings"]
    assert [job["id"] for job in newest] == [path.rpartition("/")[2]]
    assert ModelStore(installation.folder / "models").served() is None

    following = start_training(server)
    wait_until(lambda: has_begun_steps(server, following))
    assert (run_status(killed), run_status(training_status(server, following))) == ("KILLED", "RUNNING")
    process = find_trainer(following)
    assert send_admin_request(server, "DELETE", following).json()["cancelling"] is True
    cancelled = wait_for_end(server, following, "cancelled")
    wait_until(lambda: not psutil.pid_exists(process.pid))  # it was reaped
    assert run_status(cancelled) == "KILLED"
    assert installation.leftovers() == []
    assert send_admin_request(server, "DELETE", following).status_code == 409
