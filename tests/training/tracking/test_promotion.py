"""Promotion of a challenger to champion, and rollback."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from emoji_api.errors import BundleError, DataError, RegistryError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.verdict import Check, PromotionVerdict
from emoji_api.training.tracking.bundle_log import import_bundle
from emoji_api.training.tracking.promotion import promote, rollback
from emoji_api.training.tracking.registry import Registry
from tests.versions import truncate_network, write_version

# promotes a version; its gate prints the champion it compares with, and passes after a line on stdin
PROMOTE = """
import sys
from pathlib import Path
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.verdict import Check, PromotionVerdict
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
    """A store that serves the version `first`, which is not registered."""
    store = ModelStore(tmp_path / "models")
    store.serve(store.add(write_version(tiny_bundle, tmp_path, "first")))
    return store


@pytest.fixture
def register(mlflow: MlflowClient, tiny_bundle: Path, tmp_path: Path) -> Callable[[str], None]:
    """Return a function that registers a bundle of the given version as the challenger."""
    return lambda version: import_bundle(mlflow, write_version(tiny_bundle, tmp_path, version)) and None


def aliases(registry: Registry) -> dict[str, str]:
    return {alias: version.version for version in registry.versions() for alias in version.aliases}


def test_challenger_that_passes_is_served(registry: Registry, store: ModelStore, register) -> None:
    register("second")
    assert promote(registry, store, "challenger", lambda *_: PASSED) is PASSED
    assert store.served() == "second"
    assert aliases(registry) == {"champion": "second", "previous": "first"}


def test_gate_gets_both_bundles(registry: Registry, store: ModelStore, register) -> None:
    register("second")
    compared = []

    def judge(*bundles: Path) -> PromotionVerdict:
        compared.append([read_bundle(bundle).version for bundle in bundles])
        return PASSED

    promote(registry, store, "second", judge)
    assert compared == [["first", "second"]]


def test_rejection_is_logged_and_changes_nothing_else(
    registry: Registry, store: ModelStore, register, mlflow: MlflowClient
) -> None:
    register("second")
    assert promote(registry, store, "second", lambda *_: REJECTED) is REJECTED
    assert store.served() == "first"
    assert aliases(registry) == {"champion": "first", "challenger": "second"}
    run_id = registry.find("second").run
    tags = mlflow.get_run(run_id).data.tags
    assert (tags["gate"], tags["gate.failed"], tags["gate.champion"]) == ("rejected", "emotion is no worse", "first")
    document = json.loads(Path(mlflow.download_artifacts(run_id, "gate.json")).read_text())
    assert document["checks"] == [{"name": "emotion is no worse", "passed": False, "detail": "0.9 -> 0.8"}]


def test_forced_promotion_is_logged_with_its_reason(
    registry: Registry, store: ModelStore, register, mlflow: MlflowClient
) -> None:
    register("second")

    def failing(*_: Path) -> PromotionVerdict:
        raise DataError("the data are missing")

    promote(registry, store, "second", failing, reason="the first one insults")
    assert store.served() == "second"
    tags = mlflow.get_run(registry.find("second").run).data.tags
    assert (tags["gate"], tags["gate.forced"]) == ("forced", "the first one insults")


def test_error_of_the_gate_prevents_the_promotion(registry: Registry, store: ModelStore, register) -> None:
    register("second")

    def failing(*_: Path) -> PromotionVerdict:
        raise DataError("the data are missing")

    with pytest.raises(DataError):
        promote(registry, store, "second", failing)
    assert store.served() == "first"


def test_second_rollback_undoes_the_first(registry: Registry, store: ModelStore, register) -> None:
    register("second")
    promote(registry, store, "second", lambda *_: PASSED)
    assert rollback(registry, store).version == store.served() == "first"
    assert aliases(registry) == {"champion": "first", "previous": "second"}
    assert rollback(registry, store).version == store.served() == "second"


def test_without_a_previous_champion_rollback_is_an_error(registry: Registry, store: ModelStore) -> None:
    with pytest.raises(RegistryError, match="there is no previous champion"):
        rollback(registry, store)
    assert store.served() == "first"


def test_promoting_the_champion_again_serves_it(registry: Registry, store: ModelStore, register) -> None:
    register("second")
    promote(registry, store, "second", lambda *_: PASSED)
    store.serve("first")
    promote(registry, store, "second", lambda *_: REJECTED)
    assert store.served() == "second"


@pytest.mark.parametrize(
    ("owner", "method", "call"),
    [(Registry, "set_alias", 1), (Registry, "set_alias", 2), (ModelStore, "serve", 1), (Registry, "drop_alias", 1)],
)
def test_promotion_interrupted_at_any_step_is_completed_by_a_second_call(
    registry: Registry, store: ModelStore, register, monkeypatch, owner: type, method: str, call: int
) -> None:
    register("second")
    original, calls = getattr(owner, method), []

    def fail_once(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == call:
            raise OSError("no space left on device")
        original(*arguments)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space left"):
        patch.setattr(owner, method, fail_once)
        promote(registry, store, "challenger", lambda *_: PASSED)
    promote(registry, store, "challenger", lambda *_: PASSED)
    assert (store.served(), store.previous()) == ("second", "first")
    assert aliases(registry) == {"champion": "second", "previous": "first"}


def test_damaged_bundle_in_the_store_is_downloaded_from_the_registry(
    registry: Registry, store: ModelStore, register
) -> None:
    register("second")
    promote(registry, store, "second", lambda *_: PASSED)
    truncate_network(store.path("first"))
    with pytest.raises(BundleError):
        store.serve("first")
    assert rollback(registry, store).version == store.served() == "first"
    assert store.path("first", verify=True)


def test_unknown_version_is_an_error(registry: Registry, store: ModelStore) -> None:
    with pytest.raises(RegistryError, match="there is no version 'second'"):
        promote(registry, store, "second", lambda *_: PASSED)


def test_alias_takes_precedence_over_a_version_of_that_name(registry: Registry, store: ModelStore, register) -> None:
    register("second")
    promote(registry, store, "second", lambda *_: PASSED)
    register("champion")
    assert registry.find("champion").version == "second"


def test_of_two_concurrent_promotions_the_second_is_compared_with_the_first(
    registry: Registry, store: ModelStore, register
) -> None:
    versions = ("second", "third")
    for version in versions:
        register(version)
    command = [sys.executable, "-c", PROMOTE, str(store.folder)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen([*command, version], stdin=pipe, stdout=pipe, text=True) for version in versions]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "first\n"
    for process in processes:
        process.stdin.write("\n\n")
        process.stdin.flush()
    compared_again = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]

    before, after = versions if compared_again[1] else versions[::-1]
    assert sorted(compared_again) == [[], [before]]
    assert aliases(registry) == {"champion": after, "previous": before}
    assert (store.served(), store.previous()) == (after, before)
