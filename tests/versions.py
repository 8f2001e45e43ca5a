"""Versions of a bundle: copies under another version, and damaged copies."""

import json
import shutil
from pathlib import Path

from emoji_api.inference.store import POINTER, ModelStore


def write_version(bundle: Path, folder: Path, version: str) -> Path:
    """Copy a bundle without its SavedModel to `folder / version`, under that version, and return the copy."""
    copy = Path(shutil.copytree(bundle, folder / version, ignore=shutil.ignore_patterns("saved_model")))
    manifest = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    (copy / "bundle.json").write_text(json.dumps({**manifest, "version": version}), encoding="utf-8")
    return copy


def add_two_versions(store: ModelStore, bundle: Path, folder: Path, *, served: str) -> ModelStore:
    """Add the bundle to the store as the versions `first` and `second`, and serve one of them.

    The copies are also in `folder`.
    """
    for version in ("first", "second"):
        store.add(write_version(bundle, folder, version))
    store.serve(served)
    return store


def point_to(store: ModelStore, version: str) -> None:
    """Write the store's pointer without verifying the version."""
    (store.folder / POINTER).write_text(f'{{"version": "{version}", "previous": null}}')


def truncate_network(bundle: Path) -> None:
    """Truncate the bundle's network to 1000 bytes."""
    network = bundle / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[:1000])
