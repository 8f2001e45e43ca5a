"""Versions of a bundle: copies that differ in name only, or are broken."""

import json
import shutil
from pathlib import Path

from emoji_api.inference.store import ModelStore


def write_version(bundle: Path, folder: Path, version: str) -> Path:
    """A copy of the bundle, without its SavedModel, as `version`, in a folder of that name."""
    copy = Path(shutil.copytree(bundle, folder / version, ignore=shutil.ignore_patterns("saved_model")))
    manifest = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    (copy / "bundle.json").write_text(json.dumps({**manifest, "version": version}), encoding="utf-8")
    return copy


def fill(store: ModelStore, bundle: Path, folder: Path, *, served: str) -> ModelStore:
    """The store with the versions `first` and `second` of the bundle, which are written to `folder`; one is served."""
    for version in ("first", "second"):
        store.add(write_version(bundle, folder, version))
    store.serve(served)
    return store


def cut_short(bundle: Path) -> None:
    """Breaks the bundle's network."""
    network = bundle / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[:1000])
