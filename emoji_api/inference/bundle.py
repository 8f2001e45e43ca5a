"""A bundle: a trained model on disk, read only after it was verified."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from emoji_api.errors import BundleError
from emoji_api.files import atomic_file
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.inference.manifest import check_manifest, read_json
from emoji_api.inference.spans import SpanPrior
from emoji_api.tasks import PHRASE, TASKS, Task

MANIFEST = "bundle.json"
TOKENIZER = "tokenizer/tokenizer.json"
ONNX = "model.int8.onnx"
SAVED_MODEL = "saved_model"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A model on disk: what it is and where its files are. `manifest` is `bundle.json` as it was written.

    `max_length` is in tokens, the two special ones included. `decision_rules` choose a task's label by the
    probabilities. `whole` has the sentiments whose phrase is the whole text, `prior` what the phrases of the others are
    weighed with.
    `metrics` is by task, then by split.
    """

    path: Path
    version: str
    created_at: datetime
    tasks: dict[str, Task]
    decision_rules: dict[str, DecisionRule]
    whole_text_sentiments: frozenset[str]
    span_prior: SpanPrior
    max_length: int
    metrics: dict[str, Any]
    manifest: dict[str, Any]

    def file(self, name: str) -> Path:
        """Where the file `name` of the bundle is. Raises `BundleError` for one that `bundle.json` does not list."""
        if name not in self.manifest["files"]:
            raise BundleError(self.path / name, f"is not listed in {MANIFEST}")
        return self.path / name

    def verify(self, *, saved_model: bool = False) -> None:
        """Compares size and SHA-256 of every file with `bundle.json`; raises `BundleError` at the first that differs.

        The SavedModel is large and not part of a clone, so it is only compared when it is asked for.
        """
        for name, entry in self.manifest["files"].items():
            if saved_model or not name.startswith(f"{SAVED_MODEL}/"):
                _verify_file(self.path / name, entry)


def read_bundle(path: str | Path, verify: bool = True, *, saved_model: bool = False) -> Bundle:
    """The bundle in the folder `path`.

    `verify=False` trusts the files but still checks `bundle.json`; `saved_model=True` verifies the SavedModel too.
    Raises `BundleError`, which names the file and the reason, for a bundle that is missing, truncated, altered,
    of an unknown format, that reaches outside its folder, or whose labels are not those of `emoji_api.tasks`.
    """
    path = Path(path).absolute()
    if not path.is_dir():
        raise BundleError(path, "is not a folder" if path.exists() else "there is no such folder")
    document = read_json(path / MANIFEST)
    manifest = check_manifest(path / MANIFEST, document)
    for name in manifest["files"]:
        _check_inside(path, name)
    phrase = manifest["tasks"].get(PHRASE.name, {})
    bundle = Bundle(
        path=path,
        version=manifest["version"],
        created_at=manifest["created_at"],
        tasks={name: _task(name, entry) for name, entry in manifest["tasks"].items()},
        decision_rules={name: _decision(entry) for name, entry in manifest["tasks"].items()},
        whole_text_sentiments=frozenset(phrase.get("whole", [])),
        span_prior=SpanPrior(**phrase.get("prior", {})),
        max_length=manifest["max_length"],
        metrics=manifest["metrics"],
        manifest=document,
    )
    if verify:
        bundle.verify(saved_model=saved_model)
    return bundle


def file_entry(path: str | Path) -> dict[str, Any]:
    """What `bundle.json` says of a file: `{"sha256": hexadecimal, "size": bytes}`."""
    with open(path, "rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": os.fstat(file.fileno()).st_size}


def write_manifest(path: str | Path, manifest: Mapping[str, Any]) -> Path:
    """Writes `bundle.json` into the folder `path`, whole or not at all, and returns where it is.

    Raises `BundleError` for a manifest that `read_bundle` would refuse, before anything is written.
    """
    target = Path(path) / MANIFEST
    check_manifest(target, manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_file(target) as file:
        file.write(text)
    return target


def _task(name: str, entry: Mapping[str, Any]) -> Task:
    return TASKS.get(name) or Task(name=name, kind=entry["kind"], labels=tuple(entry["labels"]))


def _decision(entry: Mapping[str, Any]) -> DecisionRule:
    return DecisionRule(
        threshold=entry.get("threshold"), floors=tuple(entry.get("floors", ())), weights=tuple(entry.get("weights", ()))
    )


def _check_inside(path: Path, name: str) -> None:
    try:
        inside = (path / name).resolve().is_relative_to(path.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a symlink loop, a NUL in the name
        raise BundleError(path / MANIFEST, f"names a file that cannot be: {name!r}: {error}") from error
    if not inside:
        raise BundleError(path / MANIFEST, f"names a file outside of the bundle: {name!r}")


def _verify_file(path: Path, entry: Mapping[str, Any]) -> None:
    if not path.is_file():
        raise BundleError(path, "is missing")
    # the size first: it names a broken download without reading the file
    if (size := path.stat().st_size) != entry["size"]:
        raise BundleError(path, f"has {size} bytes instead of {entry['size']}")
    try:
        found = file_entry(path)["sha256"]
    except OSError as error:
        raise BundleError(path, f"cannot be read: {error.strerror}") from error
    if found != entry["sha256"]:
        raise BundleError(path, f"has the sha256 {found} instead of {entry['sha256']}")
