"""Whole trainings, ordered from real workers and trained by real processes."""

import os
import signal

import httpx
import psutil
import pytest

from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.trainings import ENDED, HEADERS, wait_until, write_champion, write_installation


@pytest.fixture(scope="module")
def installation(tiny_checkpoint, tiny_data, mlflow_tables, tiny_bundle, tmp_path_factory):
    """An installation that serves a network of emotion."""
    made = write_installation(tmp_path_factory.mktemp("installation"), tiny_checkpoint, tiny_data, mlflow_tables)
    write_champion(made, tiny_bundle)
    return made


@pytest.fixture
def service(installation, tmp_path):
    """Runs gunicorn until the block ends."""

    def run(name="log"):
        return serve(tmp_path / name, **installation.environment, EMOJI_API_WORKERS="2")

    return run


@pytest.fixture
def server(service):
    with service() as server:
        yield server


def ask(server, method, path, **more):
    # a connection a request, so that every worker gets some
    return httpx.request(method, server.url + path, headers=HEADERS, timeout=60, **more)


def order(server, **parameters):
    """Orders a training; its path."""
    response = ask(server, "POST", "/training", json=parameters)
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def told(server, path):
    return ask(server, "GET", path).json()


def trainer(path):
    """The process of a training."""
    number = path.rpartition("/")[2]
    (process,) = [one for one in psutil.process_iter(["cmdline"]) if number in (one.info["cmdline"] or [])]
    return process


def trains(server, path):
    """Whether its steps are under way."""
    job = told(server, path)
    assert job["state"] not in ENDED, job
    return job["progress"] > 0


def test_a_training_outlives_the_service_and_its_network_is_served(installation, service):
    with service("before") as server:
        path = order(server, tasks=["emotion"], seed=3)
        second = ask(server, "POST", "/training", json={})
        assert (second.status_code, second.headers["Location"]) == (409, path)
        wait_until(lambda: told(server, path)["state"] == "running")
        process = trainer(path)
        assert os.getsid(process.pid) == process.pid
    assert process.is_running()
    with service("after") as server:
        wait_until(lambda: told(server, path)["state"] in ENDED)
        job = told(server, path)
        assert (job["state"], job["error"], job["progress"], job["reasons"]) == ("promoted", None, 1, [])
        assert job["metrics"]["emotion_validation_accuracy"] > 0.8 and job["mlflow_run"]
        wait_until(lambda: {ask(server, "GET", "/models").json()["version"] for _ in range(6)} == {job["version"]})
    assert installation.left() == []


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
