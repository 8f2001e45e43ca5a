"""A training as an MLflow run."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from emoji_api.errors import DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.params import Params
from emoji_api.training.tracking.mlflow_run import MlflowTracker, flat_params
from emoji_api.training.tracking.registry import Registry
from emoji_api.training.tracking.runs import TRAINER, create_run
from emoji_api.training.train import train
from tests.mlflow_store import installation


def runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("tweets")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def artifacts(client: MlflowClient, run_id: str, folder: str | None = None) -> set[str]:
    return {entry.path for entry in client.list_artifacts(run_id, folder)}


@pytest.fixture(scope="module")
def client(mlflow_tables: Path, tmp_path_factory) -> Iterator[MlflowClient]:
    with installation(mlflow_tables, tmp_path_factory.mktemp("installation")) as client:
        yield client


@pytest.fixture(scope="module")
def run(client: MlflowClient, tiny_params: Params, training_data: TrainingData, tiny_bundle: Path) -> Run:
    """The run of a training of two epochs."""
    with MlflowTracker() as tracker:
        tracker.started(tiny_params, training_data)
        tracker.epoch_ended(1, {"score": 0.5, "loss": 2.0})
        tracker.epoch_ended(2, {"score": 0.7, "loss": 1.0})
        tracker.written(tiny_bundle)
    return client.get_run(tracker.run_id)


def test_run_has_parameters_data_hashes_and_source_commit(
    run: Run, client: MlflowClient, training_data: TrainingData
) -> None:
    assert run.info.status == "FINISHED"
    assert run.data.params["fit.learning_rate"] == "0.003"
    digests = {entry.dataset.name: entry.dataset.digest for entry in run.inputs.dataset_inputs}
    assert digests.keys() == training_data.manifest.keys()
    assert training_data.manifest["emotion/train.txt"]["sha256"].startswith(digests["emotion/train.txt"])
    assert "mlflow.source.git.commit" in run.data.tags
    assert {"params.yaml", "data.json"} <= artifacts(client, run.info.run_id)


def test_run_has_curves_metrics_and_figures(run: Run, client: MlflowClient, tiny_bundle: Path) -> None:
    run_id, bundle = run.info.run_id, read_bundle(tiny_bundle)
    assert [point.value for point in client.get_metric_history(run_id, "score")] == [0.5, 0.7]
    test = bundle.metrics["emotion"]["test"]
    assert run.data.metrics["emotion.test.accuracy"] == test["accuracy"]
    assert run.data.metrics["emotion.test.accuracy_interval_low"] == test["accuracy_interval"][0]
    assert run.info.run_name == bundle.version
    assert artifacts(client, run_id, "reliability") == {f"reliability/{task}.png" for task in bundle.tasks}
    assert "confusion/emojis.validation.png" in artifacts(client, run_id, "confusion")


def test_bundle_is_registered_as_the_challenger(
    run: Run, client: MlflowClient, tiny_bundle: Path, tmp_path: Path
) -> None:
    registry = Registry(client)
    challenger = registry.find("challenger")
    assert (challenger.version, challenger.run) == (read_bundle(tiny_bundle).version, run.info.run_id)
    downloaded = registry.download(challenger, tmp_path / "downloaded")
    assert read_bundle(downloaded).manifest == read_bundle(tiny_bundle).manifest
    assert not (downloaded / "saved_model").exists()


def test_failed_training_is_a_failed_run(mlflow: MlflowClient, emotion_params: Params, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at most 64 tokens"), MlflowTracker() as tracker:
        train(replace(emotion_params, max_length=100), tmp_path / "bundle", tracker=tracker)
    (failed,) = runs(mlflow)
    assert (failed.info.run_id, failed.info.status) == (tracker.run_id, "FAILED")
    assert "at most 64 tokens" in failed.data.tags["error"]


def test_interrupted_training_is_a_killed_run(
    mlflow: MlflowClient, emotion_params: Params, training_data: TrainingData
) -> None:
    with pytest.raises(KeyboardInterrupt), MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        raise KeyboardInterrupt
    assert [run.info.status for run in runs(mlflow)] == ["KILLED"]


def test_open_runs_of_live_other_and_unknown_trainers_stay_open(mlflow: MlflowClient) -> None:
    with MlflowTracker("live") as live:
        live.begin()
        elsewhere = create_run(mlflow, "elsewhere", {TRAINER: "another machine 17 4711"}).info.run_id
        unmarked = create_run(mlflow, "unmarked", {}).info.run_id
        with MlflowTracker("next") as tracker:
            tracker.begin()
        status = {run.info.run_id: run.info.status for run in runs(mlflow)}
    assert status == {live.run_id: "RUNNING", elsewhere: "RUNNING", unmarked: "RUNNING", tracker.run_id: "FINISHED"}


def test_server_that_does_not_respond_causes_one_warning(
    emotion_params: Params, training_data: TrainingData, tiny_bundle: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with caplog.at_level(logging.WARNING, "emoji_api"), MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        tracker.epoch_ended(1, {"score": 0.5})
        tracker.written(tiny_bundle)
    assert tracker.run_id is None
    warnings = [record.message.partition(" (")[0] for record in caplog.records]
    assert warnings == ["MLflow: the training is not tracked"]


def test_bundle_that_could_not_be_registered_is_reported_with_the_command_for_it(
    mlflow: MlflowClient, emotion_params: Params, training_data: TrainingData, tiny_bundle: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        tracker.client = MlflowClient(tracking_uri="http://127.0.0.1:9")
        tracker.written(tiny_bundle)
    assert any(f"emoji-api models register {tiny_bundle}" in record.message for record in caplog.records)


def test_parameters_are_flat_and_nested_values_are_json() -> None:
    values = {"seed": 7, "tasks": None, "fit": {"epochs": 3, "lengths": [16, 32]}, "tweets": {"rows": {"❤": 1}}}
    assert dict(flat_params(values)) == {
        "seed": "7",
        "tasks": "None",
        "fit.epochs": "3",
        "fit.lengths": "[16, 32]",
        "tweets.rows": '{"❤": 1}',
    }
