"""The model store: trained bundles by version, and a pointer to the one that is served."""

import json
import os
import re
import shutil
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emoji_api.errors import BundleError
from emoji_api.files import fsync_path, locked, write_atomically
from emoji_api.inference.bundle import MANIFEST, SAVED_MODEL, Bundle, read_bundle
from emoji_api.inference.manifest import read_json

POINTER = "served.json"
RELOAD = ".reload"
LOCK = ".lock"
ADDING = ".adding"
DAMAGED = ".damaged"
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
"""Versions that are safe names of folders. Never begins with a dot, as what is not a version does."""

Stamp = tuple[tuple[int, int, int] | None, ...]


class ModelStore:
    """Trained bundles, each in a folder named by its version, and a pointer to the one that is served.

    Safe to share between processes: what another one reads is whole or not there, whenever this one is killed.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder).absolute()

    def add(self, bundle: Path) -> str:
        """Copies the bundle in the folder `bundle` into the store, verified, and returns its version.

        Only files that its `bundle.json` lists are copied; of the SavedModel, all or none. To add a version again is
        fine as long as nothing in it is different: what the store has is kept, and given the SavedModel if it lacks it.
        A version that is damaged in the store is replaced by the bundle as it is, with a SavedModel or without. Raises
        `BundleError` for a bundle that cannot be trusted, for a version that cannot be a folder's name, and for one
        that the store has whole and with other files.
        """
        source = read_bundle(bundle, verify=False)
        target, adding, damaged = self._place(source.version), self.folder / ADDING, self.folder / DAMAGED
        with self._locked():
            # nobody else copies now: they were left behind by a process that was killed
            _clear(adding, damaged)
            there = _whole(target)
            if there and there.manifest != source.manifest:
                raise BundleError(target, "is there already, with other files")
            if there and set(_names(source)) <= set(_names(there)):
                return source.version
            try:
                _copy(source, adding)
                _verified(adding)
                if there:  # one rename: the version, which others may serve, is never gone meanwhile
                    os.rename(adding / SAVED_MODEL, target / SAVED_MODEL)
                    fsync_path(target)
                else:
                    if target.exists():
                        os.rename(target, damaged)
                    os.rename(adding, target)
                    _clear(damaged)
            finally:
                _clear(adding)
            fsync_path(self.folder)
        return source.version

    def versions(self) -> list[str]:
        """The versions that the store has, oldest first. One whose `bundle.json` is broken is not among them."""
        found = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            try:
                bundle = read_bundle(self.path(folder.name), verify=False)
            except BundleError:
                continue
            found.append((bundle.created_at, bundle.version))
        return [version for _, version in sorted(found)]

    def path(self, version: str, *, verify: bool = False) -> Path:
        """The folder of the bundle `version`. Raises `BundleError` for one that the store does not have.

        With `verify` its files are compared too, and one that was altered is a `BundleError`.
        """
        folder = self._place(version)
        if not folder.is_dir():
            raise BundleError(folder, "the store has no such version")
        if (found := read_bundle(folder, verify=False).version) != version:
            raise BundleError(folder / MANIFEST, f"is of the version {found!r}, not of the one that names its folder")
        if verify:
            _verified(folder)
        return folder

    def served(self) -> str | None:
        """The version that the pointer names, `None` without a pointer. Raises `BundleError` for a broken pointer."""
        return self._pointer()["version"]

    def previous(self) -> str | None:
        """The version that was served before, for a rollback. Raises `BundleError` for a broken pointer."""
        return self._pointer()["previous"]

    def serve(self, version: str) -> None:
        """Verifies the bundle `version` and points to it; whoever follows the store serves it soon.

        Raises `BundleError` for a version that the store does not have or that was altered in it, and changes nothing.
        """
        self.path(version, verify=True)
        with self._locked():
            try:
                served, previous = self.served(), self.previous()
            except BundleError:  # what is broken is replaced
                served = previous = None
            pointer = {
                "version": version,
                "previous": previous if served == version else served,
                "since": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
            write_atomically(self.folder / POINTER, json.dumps(pointer, indent=2) + "\n")

    def request_reload(self) -> None:
        """Has everyone who follows the store load the served version anew. Raises `OSError` for a read-only store."""
        with self._locked():
            write_atomically(self.folder / RELOAD, datetime.now(UTC).isoformat() + "\n")

    def stamp(self) -> Stamp:
        """Another value after every `serve` and `request_reload`. Cheap: no file is read."""
        return _stamp(self.folder / POINTER), _stamp(self.folder / RELOAD)

    def _place(self, version: str) -> Path:
        if not VERSION.fullmatch(version) or version == POINTER:
            raise BundleError(self.folder, f"{version!r} cannot be the name of a version's folder")
        return self.folder / version

    def _pointer(self) -> dict[str, Any]:
        path = self.folder / POINTER
        if not path.exists():
            return {"version": None, "previous": None}
        pointer = read_json(path)
        if not isinstance(pointer, dict) or not isinstance(pointer.get("version"), str):
            raise BundleError(path, "names no version")
        previous = pointer.get("previous")
        return {"version": pointer["version"], "previous": previous if isinstance(previous, str) else None}

    def _locked(self) -> AbstractContextManager[None]:
        """One writer at a time."""
        return locked(self.folder / LOCK)


def _verified(folder: Path) -> Bundle:
    return read_bundle(folder, saved_model=(folder / SAVED_MODEL).is_dir())


def _whole(folder: Path) -> Bundle | None:
    """The bundle in `folder`, `None` where there is none or it is damaged."""
    try:
        return _verified(folder)
    except BundleError:
        return None


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _names(bundle: Bundle) -> list[str]:
    """The files that `bundle.json` lists; none of the SavedModel where there is no folder of it."""
    has_saved_model = (bundle.path / SAVED_MODEL).is_dir()
    return [name for name in bundle.manifest["files"] if has_saved_model or not name.startswith(f"{SAVED_MODEL}/")]


def _copy(bundle: Bundle, target: Path) -> None:
    """Copies the bundle's files, and waits until they are on the disk."""
    for name in (*_names(bundle), MANIFEST):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(bundle.path / name, target / name)
        except FileNotFoundError as error:
            raise BundleError(bundle.path / name, "is missing") from error
        fsync_path(target / name)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        fsync_path(folder)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
