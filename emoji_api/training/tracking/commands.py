"""The functions behind the commands for tracked training, registry, promotion and sweeps."""

from pathlib import Path
from typing import Any

from emoji_api.inference.store import ModelStore
from emoji_api.tasks import primary_metric
from emoji_api.training.examples.training_data import read_data
from emoji_api.training.gate.behaviour import TESTS
from emoji_api.training.gate.judge import judge
from emoji_api.training.gate.verdict import PromotionVerdict
from emoji_api.training.params import Params
from emoji_api.training.tracking.bundle_log import import_bundle
from emoji_api.training.tracking.mlflow_run import MlflowTracker
from emoji_api.training.tracking.promotion import promote, rollback
from emoji_api.training.tracking.registry import RegisteredVersion, Registry, registry_errors
from emoji_api.training.tracking.runs import open_client
from emoji_api.training.tracking.sweep import sweep
from emoji_api.training.train import train

__all__ = ["list_versions", "open_registry", "promote_version", "register", "roll_back", "sweep", "train_tracked"]


def train_tracked(params: Params, out: Path, *, replace: bool = False, with_saved_model: bool = False) -> Path:
    """Train as `train` does, within an MLflow run, and register the bundle as the challenger."""
    with MlflowTracker(with_saved_model=with_saved_model) as tracker:
        return train(params, out, replace=replace, tracker=tracker)


def list_versions() -> list[dict[str, Any]]:
    """Return the registered versions as JSON objects, newest first.

    Each has its version, number, aliases, creation time (ISO 8601), and the primary metric of each task.
    """
    return [
        {
            "version": version.version,
            "number": version.number,
            "aliases": list(version.aliases),
            "created_at": version.created_at.isoformat(timespec="seconds"),
            "validation": primary_metrics(version),
        }
        for version in open_registry().versions()
    ]


def primary_metrics(version: RegisteredVersion) -> dict[str, float]:
    """Return the primary metric on validation by task, such as `{"emotion": 0.8930, "sentiment": 0.7012}`."""
    tasks = dict.fromkeys(name.partition(".")[0] for name in sorted(version.metrics))
    values = {task: version.metrics.get(f"{task}.validation.{primary_metric(task)}") for task in tasks}
    return {task: value for task, value in values.items() if value is not None}


def register(bundle: Path) -> str:
    """Register a bundle that was trained without MLflow as the challenger, and return its number in the registry."""
    with registry_errors():
        return import_bundle(open_client(), bundle)


def promote_version(
    name: str, store: ModelStore, params: Params, *, tests: Path = TESTS, reason: str | None = None
) -> PromotionVerdict:
    """Promote the version `name` if it passes the gate on the validation splits of the data that `params` name.

    `tests` is the folder of the behaviour tests; a `reason` forces the promotion.
    """

    def judge_on_validation(champion: Path, challenger: Path) -> PromotionVerdict:
        return judge(champion, challenger, read_data(params).validation, params.gate, tests)

    return promote(open_registry(), store, name, judge_on_validation, reason=reason)


def roll_back(store: ModelStore) -> RegisteredVersion:
    """Restore the previous champion and return it."""
    return rollback(open_registry(), store)


def open_registry() -> Registry:
    """Return the registry of the MLflow server or database in use."""
    with registry_errors():
        return Registry(open_client())
