"""The whole life cycle with real parts: data checks, a training job, the gate, a switch under load, and a rollback.

Two gunicorn workers answer batches during all of it and must never fail.
"""

import os

import httpx
import pytest
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.database.tables import FINAL_TRAINING_STATES
from emoji_api.inference.store import POINTER, ModelStore
from emoji_api.training.tracking.commands import open_registry
from tests.server import Clients, Server, open_client, refusals, serve, served
from tests.training.altered import with_shuffled_labels
from tests.trainings import (
    ADMIN_HEADERS,
    find_trainer,
    send_admin_request,
    start_training,
    training_status,
    write_champion,
    write_installation,
)
from tests.versions import truncate_network, write_version
from tests.waiting import wait_until

REQUESTS = 12
"""The number of requests after which both workers have answered at least once."""


@pytest.fixture
def installation(tiny_checkpoint, tiny_data, mlflow_tables, tiny_bundle, tmp_path, monkeypatch):
    """An installation that serves the version `first`, which has only emotion and is not registered."""
    installation = write_installation(tmp_path, tiny_checkpoint, tiny_data, mlflow_tables)
    write_champion(installation, tiny_bundle)
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    return installation


def emoji_api(*arguments: object) -> Result:
    """Run a command of the command line."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def aliases() -> dict[str, str]:
    """Return the version behind each alias of the registry."""
    return {alias: version.version for version in open_registry().versions() for alias in version.aliases}


def ready(client: httpx.Client) -> list[dict]:
    """Return the readiness documents of both workers."""
    return [client.get("/health/ready").json() for _ in range(REQUESTS)]


def times_loaded(server: Server, version: str) -> int:
    """Return how often a worker has loaded the version."""
    return server.log.read_text().count(f"serving {version}")


def test_model_is_trained_promoted_replaced_under_load_and_rolled_back(installation, tmp_path):
    store = ModelStore(installation.folder / "models")
    options = ("--params", installation.settings["training_params"])

    # the data pass the checks
    checked = emoji_api("data", "check", *options, "--out", tmp_path / "checks")
    assert checked.exit_code == 0, checked.output

    # a training job starts, a second one is refused, and the job survives the service
    with serve(tmp_path / "before", EMOJI_API_WORKERS="2") as server:
        path = start_training(server, tasks=["emotion"], seed=3)
        second = send_admin_request(server, "POST", "/training", json={})
        assert (second.status_code, second.headers["Location"]) == (409, path)
        process = find_trainer(path)
        assert os.getsid(process.pid) == process.pid
    assert process.is_running()

    with (
        serve(tmp_path / "after", EMOJI_API_WORKERS="2") as server,
        open_client(server.url) as client,
        Clients(server.url) as clients,
    ):
        # the job ends, its bundle passes the gate, and every worker loads it
        wait_until(lambda: training_status(server, path)["state"] in FINAL_TRAINING_STATES)
        job = training_status(server, path)
        assert (job["state"], job["error"], job["progress"], job["reasons"]) == ("promoted", None, 1, [])
        assert job["metrics"]["emotion_validation_accuracy"] > 0.8
        assert installation.leftovers() == []
        new = job["version"]
        assert aliases() == {"champion": new, "previous": "first"}
        assert open_registry().find("champion").run == job["mlflow_run"]
        wait_until(lambda: served(client) == {new})
        wait_until(lambda: clients.versions[new] > 20)

        # a worse challenger is rejected, with the reason
        emoji_api("models", "register", with_shuffled_labels(store.path(new), tmp_path, "worse"))
        rejected = emoji_api("models", "promote", "worse", *options, "--tests", installation.settings["training_tests"])
        assert (rejected.exit_code, rejected.stderr) == (1, "Error: worse is not promoted\n")
        assert rejected.output.count("FAIL") == 1 and "FAIL  emotion is no worse: macro_f1 " in rejected.output
        assert aliases() == {"champion": new, "previous": "first", "challenger": "worse"}

        # a broken bundle is refused and reported; the workers keep serving the old one
        store.add(write_version(store.path(new), tmp_path, "broken"))
        truncate_network(store.path("broken"))
        before = refusals(client)
        (store.folder / POINTER).write_text(f'{{"version": "broken", "previous": "{new}"}}')
        wait_until(lambda: refusals(client) == before + 2)
        for document in [*ready(client), client.get("/models").json()]:
            assert (document.get("model", document.get("version")), document["wanted"]) == (new, "broken")
            assert "1000 bytes" in document["reload_error"]
        assert client.post("/models/reload", headers=ADMIN_HEADERS).status_code == 409
        assert served(client) == {new}

        # a rollback restores the previous champion
        assert emoji_api("models", "rollback").output == "first is the champion\n"
        assert aliases() == {"champion": "first", "previous": new, "challenger": "worse"}
        wait_until(lambda: ready(client) == [{"ready": True, "model": "first"}] * REQUESTS)
        answered = clients.versions["first"]
        wait_until(lambda: clients.versions["first"] > answered + 20)

        # a reload request reaches every worker
        loaded = times_loaded(server, "first")
        assert client.post("/models/reload", headers=ADMIN_HEADERS).json() == {"model": "first"}
        wait_until(lambda: times_loaded(server, "first") >= loaded + 2)
    assert clients.failed == [] and set(clients.versions) == {"first", new}
