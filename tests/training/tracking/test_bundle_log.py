"""Bundles in MLflow."""

from pathlib import Path

from mlflow import MlflowClient

from emoji_api.inference.bundle import read_bundle
from emoji_api.training.tracking.bundle_log import flat_metrics, import_bundle
from emoji_api.training.tracking.registry import Registry


def test_untracked_bundle_is_registered_once_as_the_challenger(mlflow: MlflowClient, tiny_bundle: Path) -> None:
    number = import_bundle(mlflow, tiny_bundle)
    assert import_bundle(mlflow, tiny_bundle) == number
    registered = Registry(mlflow).find(number)
    assert registered.aliases == ("challenger",)
    accuracy = read_bundle(tiny_bundle).metrics["emotion"]["test"]["accuracy"]
    assert registered.metrics["emotion.test.accuracy"] == accuracy


def test_metrics_are_flat_numbers_with_their_interval() -> None:
    metrics = {"accuracy": 0.9, "accuracy_interval": [0.8, 0.95], "confusion": [[1]], "per_label": {}}
    assert dict(flat_metrics({"emotion": {"test": metrics}})) == {
        "emotion.test.accuracy": 0.9,
        "emotion.test.accuracy_interval_low": 0.8,
        "emotion.test.accuracy_interval_high": 0.95,
    }
