"""A training is an MLflow run, and its bundle the challenger; without MLflow it is a training all the same."""

import logging
import shutil
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
from emoji_api.training.tracking.mlflow_run import (
    TRAINER,
    MlflowTracker,
    create_run,
    flattened,
    import_bundle,
    open_client,
    scalars,
)
from emoji_api.training.tracking.registry import Registry
from emoji_api.training.train import train
from tests.mlflow_store import installation


def runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("tweets")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def artifacts(client: MlflowClient, run: str, folder: str | None = None) -> set[str]:
    return {entry.path for entry in client.list_artifacts(run, folder)}


@pytest.fixture(scope="module")
def tracked(mlflow_tables: Path, tmp_path_factory) -> Iterator[MlflowClient]:
    with installation(mlflow_tables, tmp_path_factory.mktemp("installation")) as client:
        yield client


@pytest.fixture(scope="module")
def watched(tracked: MlflowClient, tiny_params: Params, training_data: TrainingData, tiny_bundle: Path) -> Run:
    """The run of a training of two epochs."""
    with MlflowTracker() as tracker:
        tracker.started(tiny_params, training_data)
        tracker.epoch_ended(1, {"score": 0.5, "loss": 2.0})
        tracker.epoch_ended(2, {"score": 0.7, "loss": 1.0})
        tracker.written(tiny_bundle)
    return tracked.get_run(tracker.run_id)


def test_a_run_has_what_a_training_was_made_of(
    watched: Run, tracked: MlflowClient, training_data: TrainingData
) -> None:
    assert watched.info.status == "FINISHED"
    assert watched.data.params["fit.learning_rate"] == "0.003"
    inputs = {entry.dataset.name: entry.dataset.digest for entry in watched.inputs.dataset_inputs}
    assert inputs.keys() == training_data.manifest.keys()
    assert training_data.manifest["emotion/train.txt"]["sha256"].startswith(inputs["emotion/train.txt"])
    assert "mlflow.source.git.commit" in watched.data.tags
    assert {"params.yaml", "data.json"} <= artifacts(tracked, watched.info.run_id)


def test_a_run_has_curves_metrics_and_pictures(watched: Run, tracked: MlflowClient, tiny_bundle: Path) -> None:
    run, bundle = watched.info.run_id, read_bundle(tiny_bundle)
    assert [point.value for point in tracked.get_metric_history(run, "score")] == [0.5, 0.7]
    test = bundle.metrics["emotion"]["test"]
    assert watched.data.metrics["emotion.test.accuracy"] == test["accuracy"]
    assert watched.data.metrics["emotion.test.accuracy_interval_low"] == test["accuracy_interval"][0]
    assert watched.info.run_name == bundle.version
    assert artifacts(tracked, run, "reliability") == {f"reliability/{task}.png" for task in bundle.tasks}
    assert "confusion/emojis.validation.png" in artifacts(tracked, run, "confusion")


def test_the_bundle_is_registered_as_the_challenger(
    watched: Run, tracked: MlflowClient, tiny_bundle: Path, tmp_path: Path
) -> None:
    registry = Registry(tracked)
    challenger = registry.find("challenger")
    assert (challenger.version, challenger.run) == (read_bundle(tiny_bundle).version, watched.info.run_id)
    kept = registry.download(challenger, tmp_path / "kept")
    assert read_bundle(kept).manifest == read_bundle(tiny_bundle).manifest
    assert not (kept / "saved_model").exists()


def test_a_training_that_fails_is_a_failed_run(mlflow: MlflowClient, emotion_params: Params, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at most 64 tokens"), MlflowTracker() as tracker:
        train(replace(emotion_params, max_length=100), tmp_path / "bundle", tracker=tracker)
    (run,) = runs(mlflow)
    assert (run.info.run_id, run.info.status) == (tracker.run_id, "FAILED")
    assert "at most 64 tokens" in run.data.tags["error"]


def test_a_training_that_is_interrupted_is_a_killed_run(
    mlflow: MlflowClient, emotion_params: Params, training_data: TrainingData
) -> None:
    with pytest.raises(KeyboardInterrupt), MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        raise KeyboardInterrupt
    assert [run.info.status for run in runs(mlflow)] == ["KILLED"]


def test_what_others_leave_open_stays_open(mlflow: MlflowClient) -> None:
    with MlflowTracker("lives") as living:
        living.begin()
        elsewhere = create_run(mlflow, "elsewhere", {TRAINER: "another machine 17 4711"}).info.run_id
        untold = create_run(mlflow, "untold", {}).info.run_id
        with MlflowTracker("next") as tracker:
            tracker.begin()
        status = {run.info.run_id: run.info.status for run in runs(mlflow)}
    assert status == {living.run_id: "RUNNING", elsewhere: "RUNNING", untold: "RUNNING", tracker.run_id: "FINISHED"}


def test_without_mlflow_there_is_a_warning_and_a_training(
    emotion_params: Params, training_data: TrainingData, tiny_bundle: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with caplog.at_level(logging.WARNING, "emoji_api"), MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        tracker.epoch_ended(1, {"score": 0.5})
        tracker.written(tiny_bundle)
    assert tracker.run_id is None
    assert [record.message.partition(" (")[0] for record in caplog.records] == ["MLflow: this is not tracked"]


def test_mlflow_that_goes_away_loses_nothing_but_its_own(
    mlflow: MlflowClient, emotion_params: Params, training_data: TrainingData, tiny_bundle: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with MlflowTracker() as tracker:
        tracker.started(emotion_params, training_data)
        tracker.client = MlflowClient(tracking_uri="http://127.0.0.1:9")
        tracker.written(tiny_bundle)
    assert any(f"emoji-api models register {tiny_bundle}" in record.message for record in caplog.records)


def test_a_bundle_that_was_not_tracked_is_registered_later(mlflow: MlflowClient, tiny_bundle: Path) -> None:
    number = import_bundle(mlflow, tiny_bundle)
    assert import_bundle(mlflow, tiny_bundle) == number
    registered = Registry(mlflow).find(number)
    assert registered.aliases == ("challenger",)
    assert (
        registered.metrics["emotion.test.accuracy"] == read_bundle(tiny_bundle).metrics["emotion"]["test"]["accuracy"]
    )


def test_runs_are_in_the_installation_unless_a_server_is_named(
    mlflow_tables: Path, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(mlflow_tables, tmp_path / "instance")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert open_client().tracking_uri == "sqlite:///instance/mlflow.db"


def test_parameters_are_flat_but_for_tables() -> None:
    values = {"seed": 7, "tasks": None, "fit": {"epochs": 3, "lengths": [16, 32]}, "tweets": {"rows": {"❤": 1}}}
    assert dict(flattened(values)) == {
        "seed": "7",
        "tasks": "None",
        "fit.epochs": "3",
        "fit.lengths": "[16, 32]",
        "tweets.rows": '{"❤": 1}',
    }


def test_metrics_are_numbers_with_their_interval() -> None:
    measured = {"accuracy": 0.9, "accuracy_interval": [0.8, 0.95], "confusion": [[1]], "per_label": {}}
    assert dict(scalars({"emotion": {"test": measured}})) == {
        "emotion.test.accuracy": 0.9,
        "emotion.test.accuracy_interval_low": 0.8,
        "emotion.test.accuracy_interval_high": 0.95,
    }
