"""From challenger to champion, and back."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from emoji_api.errors import BundleError, DataError, RegistryError
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.checks import Check, PromotionVerdict
from emoji_api.training.tracking.mlflow_run import import_bundle
from emoji_api.training.tracking.promotion import promote, rollback
from emoji_api.training.tracking.registry import Registry
from tests.versions import cut_short, write_version

# promotes a version; its gate tells which champion it was asked about, and passes when it is let
PROMOTE = """
import sys
from pathlib import Path
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.checks import Check, PromotionVerdict
from emoji_api.training.tracking.commands import open_registry
from emoji_api.training.tracking.promotion import promote

def judge(champion, challenger):
    print(read_bundle(champion).version, flush=True)
    sys.stdin.readline()
    return PromotionVerdict([Check("emotion is no worse", True, "0.9 -> 0.91")])

promote(open_registry(), ModelStore(sys.argv[1]), sys.argv[2], judge)
"""
PASSED = PromotionVerdict([Check("emotion is no worse", True, "0.9 -> 0.91")])
REJECTED = PromotionVerdict([Check("emotion is no worse", False, "0.9 -> 0.8")])


@pytest.fixture
def registry(mlflow: MlflowClient) -> Registry:
    return Registry(mlflow)


@pytest.fixture
def store(tmp_path: Path, tiny_bundle: Path) -> ModelStore:
    """A store that serves a bundle that no registry knows."""
    store = ModelStore(tmp_path / "models")
    store.serve(store.add(write_version(tiny_bundle, tmp_path, "first")))
    return store


@pytest.fixture
def trained(mlflow: MlflowClient, tiny_bundle: Path, tmp_path: Path) -> Callable[[str], None]:
    """Registers a bundle of that version as the challenger."""
    return lambda version: import_bundle(mlflow, write_version(tiny_bundle, tmp_path, version)) and None


def aliases(registry: Registry) -> dict[str, str]:
    return {alias: version.version for version in registry.versions() for alias in version.aliases}


def test_a_challenger_that_passes_is_served(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    assert promote(registry, store, "challenger", lambda *_: PASSED) is PASSED
    assert store.served() == "second"
    assert aliases(registry) == {"champion": "second", "previous": "first"}


def test_the_gate_is_given_both_bundles(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    seen = []
    promote(
        registry,
        store,
        "second",
        lambda *bundles: (
            seen.append([json.loads((b / "bundle.json").read_text())["version"] for b in bundles]) or PASSED
        ),
    )
    assert seen == [["first", "second"]]


def test_a_challenger_that_is_rejected_changes_nothing_but_its_run(
    registry: Registry, store: ModelStore, trained, mlflow: MlflowClient
) -> None:
    trained("second")
    assert promote(registry, store, "second", lambda *_: REJECTED) is REJECTED
    assert store.served() == "first"
    assert aliases(registry) == {"champion": "first", "challenger": "second"}
    run = registry.find("second").run
    tags = mlflow.get_run(run).data.tags
    assert (tags["gate"], tags["gate.failed"], tags["gate.champion"]) == ("rejected", "emotion is no worse", "first")
    kept = json.loads(Path(mlflow.download_artifacts(run, "gate.json")).read_text())
    assert kept["checks"] == [{"name": "emotion is no worse", "passed": False, "detail": "0.9 -> 0.8"}]


def test_a_forced_promotion_keeps_its_reason(
    registry: Registry, store: ModelStore, trained, mlflow: MlflowClient
) -> None:
    trained("second")

    def broken(*_: Path) -> PromotionVerdict:
        raise DataError("the data are gone")

    promote(registry, store, "second", broken, reason="the first one insults")
    assert store.served() == "second"
    tags = mlflow.get_run(registry.find("second").run).data.tags
    assert (tags["gate"], tags["gate.forced"]) == ("forced", "the first one insults")


def test_what_the_gate_cannot_tell_is_not_promoted(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")

    def broken(*_: Path) -> PromotionVerdict:
        raise DataError("the data are gone")

    with pytest.raises(DataError):
        promote(registry, store, "second", broken)
    assert store.served() == "first"


def test_rollback_goes_back_and_forth(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    promote(registry, store, "second", lambda *_: PASSED)
    assert rollback(registry, store).version == store.served() == "first"
    assert aliases(registry) == {"champion": "first", "previous": "second"}
    assert rollback(registry, store).version == store.served() == "second"


def test_without_a_champion_before_there_is_no_rollback(registry: Registry, store: ModelStore) -> None:
    with pytest.raises(RegistryError, match="no champion was there before"):
        rollback(registry, store)
    assert store.served() == "first"


def test_a_promotion_that_was_broken_off_is_completed(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    promote(registry, store, "second", lambda *_: PASSED)
    store.serve("first")
    promote(registry, store, "second", lambda *_: REJECTED)
    assert store.served() == "second"


@pytest.mark.parametrize(
    ("place", "step", "number"),
    [(Registry, "set_alias", 1), (Registry, "set_alias", 2), (ModelStore, "serve", 1), (Registry, "drop_alias", 1)],
)
def test_a_promotion_that_breaks_off_before_any_of_its_steps_is_completed_by_asking_again(
    registry: Registry, store: ModelStore, trained, monkeypatch, place: type, step: str, number: int
) -> None:
    trained("second")
    work, steps = getattr(place, step), []

    def break_off(*arguments: object) -> None:
        steps.append(step)
        if len(steps) == number:
            raise OSError("no space left on device")
        work(*arguments)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space left"):
        patch.setattr(place, step, break_off)
        promote(registry, store, "challenger", lambda *_: PASSED)
    promote(registry, store, "challenger", lambda *_: PASSED)
    assert (store.served(), store.previous()) == ("second", "first")
    assert aliases(registry) == {"champion": "second", "previous": "first"}


def test_what_was_damaged_in_the_store_comes_from_the_registry(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    promote(registry, store, "second", lambda *_: PASSED)
    cut_short(store.path("first"))
    with pytest.raises(BundleError):
        store.serve("first")
    assert rollback(registry, store).version == store.served() == "first"
    assert store.path("first", verify=True)


def test_a_version_that_there_is_not(registry: Registry, store: ModelStore) -> None:
    with pytest.raises(RegistryError, match="there is no version 'second'"):
        promote(registry, store, "second", lambda *_: PASSED)


def test_an_alias_goes_before_a_version_of_that_name(registry: Registry, store: ModelStore, trained) -> None:
    trained("second")
    promote(registry, store, "second", lambda *_: PASSED)
    trained("champion")
    assert registry.find("champion").version == "second"


def test_of_two_at_once_the_second_is_compared_with_the_first(registry: Registry, store: ModelStore, trained) -> None:
    versions = ("second", "third")
    for version in versions:
        trained(version)
    command = [sys.executable, "-c", PROMOTE, str(store.folder)]
    pipe = subprocess.PIPE
    both = [subprocess.Popen([*command, version], stdin=pipe, stdout=pipe, text=True) for version in versions]
    for process in both:
        assert process.stdout and process.stdout.readline() == "first\n"
    for process in both:
        process.stdin.write("\n\n")
        process.stdin.flush()
    asked_again = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]

    (before, after) = versions if asked_again[1] else versions[::-1]
    assert sorted(asked_again) == [[], [before]]
    assert aliases(registry) == {"champion": after, "previous": before}
    assert (store.served(), store.previous()) == (after, before)
