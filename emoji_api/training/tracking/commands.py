"""What the command line needs of tracking, registry and sweep, in one import; MLflow takes seconds of it."""

from collections.abc import Iterator
from pathlib import Path

from emoji_api.inference.store import ModelStore
from emoji_api.training.examples.training_data import read_data
from emoji_api.training.gate.behaviour import TESTS
from emoji_api.training.gate.checks import PromotionVerdict, measure_of
from emoji_api.training.gate.judge import judge
from emoji_api.training.params import Params
from emoji_api.training.tracking.mlflow_run import MlflowTracker, import_bundle, open_client
from emoji_api.training.tracking.promotion import promote, rollback
from emoji_api.training.tracking.registry import RegisteredVersion, Registry, registry_errors
from emoji_api.training.tracking.sweep import sweep
from emoji_api.training.train import train

__all__ = ["list_versions", "promote_version", "register", "roll_back", "sweep", "train_tracked"]


def train_tracked(params: Params, out: Path, *, replace: bool = False, with_saved_model: bool = False) -> Path:
    """`train` as an MLflow run, whose bundle becomes the challenger."""
    with MlflowTracker(with_saved_model=with_saved_model) as tracker:
        return train(params, out, replace=replace, tracker=tracker)


def list_versions() -> Iterator[str]:
    """A line for each registered version, the newest first: its aliases, and its measures on validation."""
    for version in open_registry().versions():
        aliases = ", ".join(version.aliases) or "-"
        yield f"{version.version}  {aliases}  {version.created_at:%Y-%m-%d %H:%M}  {main_measures(version)}"


def main_measures(version: RegisteredVersion) -> str:
    """`emotion 0.8930, sentiment 0.7012` and so on, by each task's own measure."""
    tasks = dict.fromkeys(name.partition(".")[0] for name in sorted(version.metrics))
    values = ((task, version.metrics.get(f"{task}.validation.{measure_of(task)}")) for task in tasks)
    return ", ".join(f"{task} {value:.4f}" for task, value in values if value is not None)


def register(bundle: Path) -> str:
    """Register a bundle that was trained without MLflow as the challenger; returns its number in the registry."""
    with registry_errors():
        return import_bundle(open_client(), bundle)


def promote_version(
    name: str, store: ModelStore, params: Params, *, tests: Path = TESTS, reason: str | None = None
) -> PromotionVerdict:
    """Ask the gate about the version `name`, on the validation splits that `params` name, and promote it or not."""

    def asked(champion: Path, challenger: Path) -> PromotionVerdict:
        return judge(champion, challenger, read_data(params).validation, params.gate, tests)

    return promote(open_registry(), store, name, asked, reason=reason)


def roll_back(store: ModelStore) -> RegisteredVersion:
    """Make the champion before this one the champion again."""
    return rollback(open_registry(), store)


def open_registry() -> Registry:
    """The registry of the server or database that tracks."""
    with registry_errors():
        return Registry(open_client())
