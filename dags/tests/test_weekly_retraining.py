"""Weekly retraining against a running service: rejected, promoted, failed, wrong data, and with the service down."""

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Service
from mails import free_port
from trainings import send, start_training

from emoji_airflow import training
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.store import POINTER, ModelStore


@pytest.fixture(autouse=True)
def variables(service, tmp_path, monkeypatch) -> None:
    """Let the data check read the parameters of the service's trainings."""
    monkeypatch.setenv("AIRFLOW_VAR_TRAINING_PARAMS", service.environment["EMOJI_API_TRAINING_PARAMS"])
    monkeypatch.setenv("AIRFLOW_VAR_CHECK_FOLDER", str(tmp_path / "checks"))
    monkeypatch.setenv("AIRFLOW_VAR_TRAINING_POLL_SECONDS", "0.5")


@pytest.fixture
def champion_of_one_task(service, tmp_path) -> Iterator[None]:
    """Let the service serve the shipped network with emotion as its only task, and the shipped bundle afterwards."""
    copy = shutil.copytree(packaged_bundle(), tmp_path / "first")
    manifest = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    manifest |= {"version": "first", "tasks": {"emotion": manifest["tasks"]["emotion"]}}
    (copy / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    store = ModelStore(service.environment["EMOJI_API_MODEL_STORE"])
    store.add(copy)
    store.serve("first")
    wait_for_version(service, "first")
    yield
    (Path(service.environment["EMOJI_API_MODEL_STORE"]) / POINTER).unlink()
    wait_for_version(service, json.loads((packaged_bundle() / "bundle.json").read_text(encoding="utf-8"))["version"])


def wait_for_version(service: Service, version: str) -> None:
    """Wait until the service serves the model `version`."""
    deadline = time.monotonic() + 30
    while send(service, "GET", "/models").json()["version"] != version:
        assert time.monotonic() < deadline, f"{version} is not served"
        time.sleep(0.2)


def newest_training(service: Service) -> dict:
    """Return the document of the newest training."""
    return send(service, "GET", "/training", params={"limit": 1}).json()["trainings"][0]


def test_service_that_is_down_is_reported_once_after_the_retries(run_dag, connect, mails):
    url = f"http://127.0.0.1:{free_port()}"
    connect(url)
    state, tasks = run_dag("weekly_retraining")
    assert state == "failed"
    assert tasks == {
        "check_data": "success",
        "start_training": "failed",
        "wait_for_training": "upstream_failed",
        "require_promoted": "upstream_failed",
    }
    (mail,) = mails
    assert mail.recipients == ["ml-team@example.org"]
    assert mail.sender == "airflow@example.org"
    assert mail.subject == "[emoji API] The service is not available"
    assert f"{url} cannot be reached: " in mail.text and "GET /health/ready" in mail.text
    assert "start_training, attempt 4" in mail.text
    assert "/dags/weekly_retraining/runs/" in mail.html


def test_rejected_training_is_reported_with_the_failed_checks_of_the_gate(run_dag, connected, mails):
    state, tasks = run_dag("weekly_retraining")
    assert state == "failed"
    assert tasks == dict.fromkeys(("check_data", "start_training", "wait_for_training"), "success") | {
        "require_promoted": "failed"
    }
    job = newest_training(connected)
    assert job["state"] == "rejected" and len(job["reasons"]) >= 7
    (mail,) = mails
    assert mail.subject == f"[emoji API] Retraining rejected by the gate: training {job['id']}"
    for reason in job["reasons"]:
        assert f"{reason['check']}: {reason['detail']}" in mail.text
    assert job["mlflow_run"] in mail.text


def test_run_follows_a_training_that_is_running_until_it_is_promoted(
    run_dag, connected, champion_of_one_task, mails, monkeypatch
):
    started = []

    def check_and_start(*arguments: Any) -> None:
        check_data(*arguments)
        started.append(start_training(connected))  # as another caller would

    check_data = training.check_data
    monkeypatch.setattr(training, "check_data", check_and_start)
    state, tasks = run_dag("weekly_retraining")
    newest = newest_training(connected)
    assert ([newest["id"]], newest["state"]) == (started, "promoted"), newest
    assert (state, set(tasks.values())) == ("success", {"success"})
    assert mails == []


def test_failed_training_is_reported_with_its_error(run_dag, connected, mails):
    params = Path(connected.environment["EMOJI_API_TRAINING_PARAMS"])
    checkpoint = params.parents[1] / "checkpoint"
    moved = checkpoint.rename(checkpoint.with_name("moved"))
    try:
        assert run_dag("weekly_retraining")[0] == "failed"
    finally:
        moved.rename(checkpoint)
    job = newest_training(connected)
    assert job["state"] == "failed"
    (mail,) = mails
    assert mail.subject == f"[emoji API] Retraining failed: training {job['id']}"
    assert " ".join(job["error"].split()) in " ".join(mail.text.split())
    assert f"{job['id']}.log" in mail.text


def test_cancelled_training_is_reported(run_dag, connected, mails):
    earlier = newest_training(connected)["id"]

    def cancel() -> None:
        while (job := newest_training(connected))["id"] == earlier or job["state"] != "running":
            time.sleep(0.2)
        send(connected, "DELETE", f"/training/{job['id']}")

    with ThreadPoolExecutor() as executor:
        cancelled = executor.submit(cancel)
        assert run_dag("weekly_retraining")[0] == "failed"
        cancelled.result()
    job = newest_training(connected)
    assert job["state"] == "cancelled"
    (mail,) = mails
    assert mail.subject == f"[emoji API] Retraining cancelled: training {job['id']}"


def test_wrong_training_data_are_reported_and_no_training_starts(run_dag, connected, mails):
    train = Path(connected.environment["EMOJI_API_TRAINING_PARAMS"]).parents[1] / "data" / "emotion" / "train.txt"
    original = train.read_text(encoding="utf-8")
    newest = newest_training(connected)["id"]
    train.write_text(original + "a text without a known label;boredom\n", encoding="utf-8")
    try:
        state, tasks = run_dag("weekly_retraining")
    finally:
        train.write_text(original, encoding="utf-8")
    assert (state, tasks["check_data"], tasks["start_training"]) == ("failed", "failed", "upstream_failed")
    assert newest_training(connected)["id"] == newest
    (mail,) = mails
    assert mail.subject == "[emoji API] Retraining stopped: the training data have errors"
    assert "train.txt, line 601: no known label" in mail.text
