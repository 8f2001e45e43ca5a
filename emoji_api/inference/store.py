"""The model store: a folder of bundles by version, with a pointer to the served one."""

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
"""Versions that are valid folder names. They do not start with a dot, unlike the store's own files."""

Stamp = tuple[tuple[int, int, int] | None, ...]


class ModelStore:
    """Bundles, each in a folder named by its version, and a pointer to the served version.

    Several processes may use a store at the same time. All changes are atomic and durable: a process that is killed
    leaves no partial bundle and no partial pointer.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder).absolute()

    def add(self, bundle: Path) -> str:
        """Verify the bundle in the folder `bundle`, copy it into the store, and return its version.

        Only files that `bundle.json` lists are copied; the SavedModel is optional. If the store already has the same
        version with the same manifest, it is kept, and a missing SavedModel is added; if it is damaged in the store, it
        is replaced. Raises `BundleError` for a bundle that fails verification, for a version that is not a valid folder
        name, and for a version that the store has with another manifest.
        """
        source = read_bundle(bundle, verify=False)
        target, adding, damaged = self._folder_of(source.version), self.folder / ADDING, self.folder / DAMAGED
        with self._locked():
            # left by a process that was killed: with the lock held, no other process is copying
            _remove(adding, damaged)
            existing = _intact_bundle(target)
            if existing and existing.manifest != source.manifest:
                raise BundleError(target, "is there already, with other files")
            if existing and set(_present_files(source)) <= set(_present_files(existing)):
                return source.version
            try:
                _copy(source, adding)
                _read_verified(adding)
                if existing:  # add the SavedModel by a single rename: other processes may be serving this version
                    os.rename(adding / SAVED_MODEL, target / SAVED_MODEL)
                    fsync_path(target)
                else:
                    if target.exists():
                        os.rename(target, damaged)
                    os.rename(adding, target)
                    _remove(damaged)
            finally:
                _remove(adding)
            fsync_path(self.folder)
        return source.version

    def versions(self) -> list[str]:
        """Return the versions in the store, oldest first, without those whose `bundle.json` is invalid."""
        created = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            try:
                bundle = read_bundle(self.path(folder.name), verify=False)
            except BundleError:
                continue
            created.append((bundle.created_at, bundle.version))
        return [version for _, version in sorted(created)]

    def path(self, version: str, *, verify: bool = False) -> Path:
        """Return the folder of the bundle `version`. Raise `BundleError` if the store does not have it.

        `verify=True` compares the files with their checksums too, and raises `BundleError` if one differs.
        """
        folder = self._folder_of(version)
        if not folder.is_dir():
            raise BundleError(folder, "the store has no such version")
        if (actual := read_bundle(folder, verify=False).version) != version:
            raise BundleError(folder / MANIFEST, f"has the version {actual!r} instead of its folder's name")
        if verify:
            _read_verified(folder)
        return folder

    def served(self) -> str | None:
        """Return the version that the pointer names, `None` without a pointer.

        Raises `BundleError` if the pointer is invalid.
        """
        return self._pointer()["version"]

    def previous(self) -> str | None:
        """Return the version that was served before, the target of a rollback; `None` if there is none.

        Raises `BundleError` if the pointer is invalid.
        """
        return self._pointer()["previous"]

    def serve(self, version: str) -> None:
        """Verify the bundle `version` and point to it. Every process that follows the store will load it.

        Raises `BundleError`, and leaves the pointer unchanged, if the store does not have the version or it is damaged.
        """
        self.path(version, verify=True)
        with self._locked():
            try:
                served, previous = self.served(), self.previous()
            except BundleError:  # an invalid pointer is replaced
                served = previous = None
            pointer = {
                "version": version,
                "previous": previous if served == version else served,
                "since": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
            write_atomically(self.folder / POINTER, json.dumps(pointer, indent=2) + "\n")

    def request_reload(self) -> None:
        """Make every process that follows the store load the served version again.

        Raises `OSError` if the store is read-only.
        """
        with self._locked():
            write_atomically(self.folder / RELOAD, datetime.now(UTC).isoformat() + "\n")

    def stamp(self) -> Stamp:
        """Return a value that changes with every `serve` and `request_reload`. Fast: reads no file."""
        return _file_stamp(self.folder / POINTER), _file_stamp(self.folder / RELOAD)

    def _folder_of(self, version: str) -> Path:
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
        """Hold the store's lock, which serialises changes."""
        return locked(self.folder / LOCK)


def _read_verified(folder: Path) -> Bundle:
    return read_bundle(folder, saved_model=(folder / SAVED_MODEL).is_dir())


def _intact_bundle(folder: Path) -> Bundle | None:
    """Return the bundle in `folder`, `None` if it is missing or damaged."""
    try:
        return _read_verified(folder)
    except BundleError:
        return None


def _remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _present_files(bundle: Bundle) -> list[str]:
    """Return the files that `bundle.json` lists, without those of the SavedModel if it is absent."""
    has_saved_model = (bundle.path / SAVED_MODEL).is_dir()
    return [name for name in bundle.manifest["files"] if has_saved_model or not name.startswith(f"{SAVED_MODEL}/")]


def _copy(bundle: Bundle, target: Path) -> None:
    """Copy the bundle's files to the folder `target` and flush them to disk."""
    for name in (*_present_files(bundle), MANIFEST):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(bundle.path / name, target / name)
        except FileNotFoundError as error:
            raise BundleError(bundle.path / name, "is missing") from error
        fsync_path(target / name)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        fsync_path(folder)


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
