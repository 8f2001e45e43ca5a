"""Trainings that end before their time, ordered from real workers and trained by real processes."""

import signal

import psutil
import pytest

from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.trainings import ENDED, ask, order, told, trainer, wait_until, write_installation


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
    job = told(server, path)
    assert job["state"] not in ENDED, job
    return job["progress"] > 0


def test_a_training_is_cancelled_and_the_next_may_start(installation, server):
    path = order(server)
    wait_until(lambda: trains(server, path))
    process = trainer(path)
    assert ask(server, "DELETE", path).json()["cancelling"] is True
    wait_until(lambda: told(server, path)["state"] == "cancelled")
    wait_until(lambda: not psutil.pid_exists(process.pid))  # no zombie is left of it
    assert installation.left() == []
    assert ask(server, "DELETE", path).status_code == 409
    following = order(server)
    wait_until(lambda: told(server, following)["state"] == "running")
    ask(server, "DELETE", following)
    wait_until(lambda: told(server, following)["state"] == "cancelled")


def test_a_trainer_that_was_killed_is_told(installation, server):
    served = ModelStore(installation.folder / "models").served()
    path = order(server)
    wait_until(lambda: told(server, path)["state"] == "running")
    trainer(path).send_signal(signal.SIGKILL)
    wait_until(lambda: told(server, path)["state"] == "failed", 10)
    assert "is gone" in told(server, path)["error"]
    newest = ask(server, "GET", "/training?limit=1").json()["trainings"]
    assert [job["id"] for job in newest] == [path.rpartition("/")[2]]
    assert ModelStore(installation.folder / "models").served() == served
