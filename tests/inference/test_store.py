"""The model store: complete bundles only, and a pointer that can be read at any time."""

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from emoji_api.errors import BundleError
from emoji_api.inference.bundle import MANIFEST, ONNX, read_bundle
from emoji_api.inference.store import POINTER, ModelStore
from tests.versions import add_two_versions, truncate_network, write_version

SWITCH = """
import sys
from emoji_api.inference.store import ModelStore
store = ModelStore(sys.argv[1])
print("ready", flush=True)
for number in range(20):
    store.serve("first" if number % 2 else "second")
"""
ADD = """
import sys
from emoji_api.inference.store import ModelStore
print("ready", flush=True)
ModelStore(sys.argv[1]).add(sys.argv[2])
"""


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "store")


@pytest.fixture
def full_store(store: ModelStore, tiny_bundle: Path, tmp_path: Path) -> ModelStore:
    """A store with the versions `first`, which is served, and `second`."""
    return add_two_versions(store, tiny_bundle, tmp_path, served="first")


def run_and_kill(code: str, *arguments: Path, within: float, seed: int) -> None:
    """Run `code` in a new process, and kill it (SIGKILL) at a random time in the first `within` seconds."""
    delay = random.Random(seed).uniform(0, within)
    print(f"seed {seed}: killed after {delay:.3f} s")
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"ready\n"
    time.sleep(delay)
    process.kill()
    process.communicate()


def test_empty_store_serves_nothing(store: ModelStore) -> None:
    assert (store.versions(), store.served(), store.previous()) == ([], None, None)


def test_bundle_is_added_completely(store: ModelStore, tiny_bundle: Path) -> None:
    version = store.add(tiny_bundle)
    assert store.versions() == [version] == [read_bundle(tiny_bundle).version]
    assert read_bundle(store.path(version), saved_model=True).manifest == read_bundle(tiny_bundle).manifest


def test_bundle_without_its_saved_model_can_be_added(store: ModelStore, tiny_bundle: Path, tmp_path: Path) -> None:
    store.add(write_version(tiny_bundle, tmp_path, "light"))
    assert read_bundle(store.path("light")).version == "light"
    assert not (store.path("light") / "saved_model").exists()


def test_file_that_is_not_listed_is_not_copied(store: ModelStore, tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = write_version(tiny_bundle, tmp_path, "noted")
    (bundle / "notes.txt").write_text("mine")
    store.add(bundle)
    assert not (store.path("noted") / "notes.txt").exists()


def test_same_bundle_can_be_added_again(full_store: ModelStore, tmp_path: Path) -> None:
    assert full_store.add(tmp_path / "first") == "first"
    assert full_store.versions() == ["first", "second"]


def test_other_files_under_the_same_version_are_refused(full_store: ModelStore, tmp_path: Path) -> None:
    manifest = json.loads((tmp_path / "first" / "bundle.json").read_text())
    (tmp_path / "first" / "bundle.json").write_text(json.dumps({**manifest, "max_length": 16}))
    with pytest.raises(BundleError, match="first: is there already, with other files"):
        full_store.add(tmp_path / "first")
    assert read_bundle(full_store.path("first")).max_length == manifest["max_length"]


@pytest.mark.parametrize("name", [ONNX, MANIFEST, "tokenizer/tokenizer.json"])
def test_damaged_version_is_replaced(full_store: ModelStore, tmp_path: Path, name: str) -> None:
    (full_store.path("first") / name).write_bytes(b"{")
    assert full_store.add(tmp_path / "first") == "first"
    assert full_store.path("first", verify=True) == full_store.folder / "first"
    assert {path.name for path in full_store.folder.iterdir()} == {".lock", POINTER, "first", "second"}


def test_damaged_version_is_kept_if_the_new_copy_is_damaged_too(full_store: ModelStore, tmp_path: Path) -> None:
    for bundle in (full_store.path("first"), tmp_path / "first"):
        truncate_network(bundle)
    with pytest.raises(BundleError, match="1000 bytes"):
        full_store.add(tmp_path / "first")
    assert full_store.versions() == ["first", "second"]


def test_missing_saved_model_is_added(store: ModelStore, tiny_bundle: Path, tmp_path: Path) -> None:
    version = read_bundle(tiny_bundle).version
    light = shutil.copytree(tiny_bundle, tmp_path / "light", ignore=shutil.ignore_patterns("saved_model"))
    store.add(light)
    network = (store.path(version) / ONNX).stat()
    for bundle in (tiny_bundle, light):  # the SavedModel stays when a bundle without one is added
        store.add(bundle)
        assert read_bundle(store.path(version), saved_model=True).manifest == read_bundle(tiny_bundle).manifest
    assert (store.path(version) / ONNX).stat().st_ino == network.st_ino
    assert {path.name for path in store.folder.iterdir()} == {".lock", version}


@pytest.mark.parametrize("name", [ONNX, "tokenizer/tokenizer.json"])
def test_damaged_bundle_is_not_added(store: ModelStore, tiny_bundle: Path, tmp_path: Path, name: str) -> None:
    bundle = write_version(tiny_bundle, tmp_path, "broken")
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: is missing"):
        store.add(bundle)
    truncate_network(write_version(tiny_bundle, tmp_path, "short"))
    with pytest.raises(BundleError, match="1000 bytes"):
        store.add(tmp_path / "short")
    assert store.versions() == [] and {path.name for path in store.folder.iterdir()} == {".lock"}


def test_incomplete_saved_model_is_refused(store: ModelStore, bundle_copy: Path) -> None:
    (bundle_copy / "saved_model" / "saved_model.pb").unlink()
    with pytest.raises(BundleError, match="saved_model.pb: is missing"):
        store.add(bundle_copy)


@pytest.mark.parametrize(
    "version", ["..", ".hidden", "a/b", "../up", "/etc", "served.json", "next 😂", "x" * 101, "a\n"]
)
def test_version_must_be_a_valid_folder_name(
    store: ModelStore, tiny_bundle: Path, tmp_path: Path, version: str
) -> None:
    bundle = write_version(tiny_bundle, tmp_path, "odd")
    manifest = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps({**manifest, "version": version}))
    for use in (lambda: store.add(bundle), lambda: store.path(version), lambda: store.serve(version)):
        with pytest.raises(BundleError, match="cannot be the name"):
            use()


def test_versions_are_sorted_by_creation_time(store: ModelStore, tiny_bundle: Path, tmp_path: Path) -> None:
    for version, year in (("b", 2024), ("a", 2025), ("c", 2023)):
        bundle = write_version(tiny_bundle, tmp_path, version)
        manifest = json.loads((bundle / "bundle.json").read_text())
        (bundle / "bundle.json").write_text(json.dumps({**manifest, "created_at": f"{year}-01-01T00:00:00+00:00"}))
        store.add(bundle)
    assert store.versions() == ["c", "b", "a"]


def test_folder_must_have_the_name_of_its_version(full_store: ModelStore) -> None:
    shutil.copytree(full_store.path("first"), full_store.folder / "tweets")
    assert full_store.versions() == ["first", "second"]
    with pytest.raises(BundleError, match="has the version 'first' instead of its folder's name"):
        full_store.path("tweets")


def test_unknown_version_is_not_served(full_store: ModelStore) -> None:
    with pytest.raises(BundleError, match="third: the store has no such version"):
        full_store.serve("third")
    assert full_store.served() == "first"


def test_pointer_has_the_previous_version(full_store: ModelStore) -> None:
    assert (full_store.served(), full_store.previous()) == ("first", None)
    full_store.serve("second")
    full_store.serve("second")
    assert (full_store.served(), full_store.previous()) == ("second", "first")
    full_store.serve(full_store.previous() or "")
    assert (full_store.served(), full_store.previous()) == ("first", "second")


def test_damaged_bundle_is_not_served(full_store: ModelStore) -> None:
    truncate_network(full_store.path("second"))
    with pytest.raises(BundleError, match="1000 bytes"):
        full_store.serve("second")
    assert full_store.served() == "first"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 3}', "{}"])
def test_invalid_pointer_is_reported_and_can_be_replaced(full_store: ModelStore, content: str) -> None:
    (full_store.folder / POINTER).write_text(content)
    with pytest.raises(BundleError, match=POINTER):
        full_store.served()
    full_store.serve("second")
    assert (full_store.served(), full_store.previous()) == ("second", None)


def test_stamp_is_new_after_each_change(full_store: ModelStore) -> None:
    stamps = [full_store.stamp()]
    for change in (lambda: full_store.serve("second"), lambda: full_store.serve("second"), full_store.request_reload):
        change()
        stamps.append(full_store.stamp())
    assert len(set(stamps)) == 4 and full_store.stamp() == stamps[-1]


def test_kill_while_the_pointer_is_written_leaves_a_valid_pointer(full_store: ModelStore) -> None:
    seen = set()
    for seed in range(8):
        run_and_kill(SWITCH, full_store.folder, within=0.3, seed=seed)
        seen.add(full_store.served())
        assert ModelStore(full_store.folder).previous() in ("first", "second", None)
    assert seen <= {"first", "second"}
    full_store.serve("second")
    assert full_store.served() == "second"


def test_kill_while_a_bundle_is_copied_leaves_no_partial_bundle(
    store: ModelStore, tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = write_version(tiny_bundle, tmp_path, "first")
    for seed in range(8):
        run_and_kill(ADD, store.folder, bundle, within=0.05, seed=seed)
        for version in store.versions():
            read_bundle(store.path(version))
            shutil.rmtree(store.path(version))
    assert store.add(bundle) == "first"
    assert {path.name for path in store.folder.iterdir()} == {".lock", "first"}


def test_kill_while_a_damaged_version_is_replaced_leaves_no_partial_bundle(
    full_store: ModelStore, tmp_path: Path
) -> None:
    for seed in range(8):
        if (full_store.folder / "first").exists():
            truncate_network(full_store.path("first"))
        run_and_kill(ADD, full_store.folder, tmp_path / "first", within=0.05, seed=seed)
        assert set(full_store.versions()) in ({"first", "second"}, {"second"})
    assert full_store.add(tmp_path / "first") == "first"
    full_store.serve("first")
    assert {path.name for path in full_store.folder.iterdir()} == {".lock", POINTER, "first", "second"}


def test_kill_while_a_saved_model_is_added_leaves_a_valid_version(
    store: ModelStore, tiny_bundle: Path, tmp_path: Path
) -> None:
    version = store.add(shutil.copytree(tiny_bundle, tmp_path / "light", ignore=shutil.ignore_patterns("saved_model")))
    for seed in range(8):
        run_and_kill(ADD, store.folder, tiny_bundle, within=0.05, seed=seed)
        store.serve(version)
        shutil.rmtree(store.path(version) / "saved_model", ignore_errors=True)
    store.add(tiny_bundle)
    assert read_bundle(store.path(version), saved_model=True)


def test_leftover_of_a_killed_copy_is_removed(full_store: ModelStore, tmp_path: Path) -> None:
    shutil.copytree(full_store.path("first"), full_store.folder / ".adding")
    assert full_store.versions() == ["first", "second"]
    shutil.rmtree(full_store.path("second"))
    full_store.add(tmp_path / "second")
    assert not (full_store.folder / ".adding").exists()


def test_concurrent_changes_leave_a_valid_store(full_store: ModelStore, tmp_path: Path) -> None:
    errors: list[Exception] = []

    def work(version: str) -> None:
        try:
            for _ in range(5):
                full_store.add(tmp_path / version)
                full_store.serve(version)
                assert full_store.served() in ("first", "second")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(version,)) for version in ("first", "second") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and full_store.served() in ("first", "second")
