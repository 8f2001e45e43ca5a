"""Bundles: trained models on disk, with their manifest and checksums."""

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
from emoji_api.inference.no_emotion import NoEmotionRule
from emoji_api.inference.spans import SpanPrior
from emoji_api.tasks import EMOTION, PHRASE, TASKS, Task

MANIFEST = "bundle.json"
TOKENIZER = "tokenizer/tokenizer.json"
ONNX = "model.int8.onnx"
SAVED_MODEL = "saved_model"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A trained model in a folder.

    Attributes:
        path: the folder.
        version: version of the model.
        created_at: time when the bundle was written.
        tasks: the tasks that the network answers, by name.
        decision_rules: the decision rule of each task, by name.
        no_emotion: the rule that a tweet has no emotion; `None` for a bundle that was calibrated without it.
        whole_text_sentiments: sentiments whose phrase is always the whole text.
        span_prior: log-prior over the spans of all other phrases.
        max_length: maximum length of a text in tokens, including the two special tokens.
        metrics: evaluation results by task, then by split.
        manifest: the content of `bundle.json`.
    """

    path: Path
    version: str
    created_at: datetime
    tasks: dict[str, Task]
    decision_rules: dict[str, DecisionRule]
    no_emotion: NoEmotionRule | None
    whole_text_sentiments: frozenset[str]
    span_prior: SpanPrior
    max_length: int
    metrics: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def served_bytes(self) -> int:
        """The size of the files that serving needs: all but the SavedModel."""
        files = self.manifest["files"]
        return sum(entry["size"] for name, entry in files.items() if not name.startswith(f"{SAVED_MODEL}/"))

    def file(self, name: str) -> Path:
        """Return the path of the file `name`. Raise `BundleError` if `bundle.json` does not list it."""
        if name not in self.manifest["files"]:
            raise BundleError(self.path / name, f"is not listed in {MANIFEST}")
        return self.path / name

    def verify(self, *, saved_model: bool = False) -> None:
        """Raise `BundleError` if the size or SHA-256 of a file differs from `bundle.json`.

        The SavedModel's files are compared only with `saved_model=True`: they are large and not part of a clone.
        """
        for name, entry in self.manifest["files"].items():
            if saved_model or not name.startswith(f"{SAVED_MODEL}/"):
                _verify_file(self.path / name, entry)


def read_bundle(path: str | Path, verify: bool = True, *, saved_model: bool = False) -> Bundle:
    """Read the bundle in the folder `path`.

    `verify=False` skips the comparison of the files with their checksums; `saved_model=True` includes the SavedModel in
    it. Raises `BundleError`, which names the file and the reason, if the bundle is missing, truncated, altered or of an
    unknown format, lists files outside its folder, or has other labels for a built-in task than `emoji_api.tasks`.
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
        decision_rules={name: _decision_rule(entry) for name, entry in manifest["tasks"].items()},
        no_emotion=_no_emotion(manifest["tasks"].get(EMOTION.name, {})),
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
    """Return a file's entry in `bundle.json`: `{"sha256": hexadecimal digest, "size": bytes}`."""
    with open(path, "rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": os.fstat(file.fileno()).st_size}


def write_manifest(path: str | Path, manifest: Mapping[str, Any]) -> Path:
    """Write `bundle.json` atomically into the folder `path` and return its path.

    Raises `BundleError`, before anything is written, for a manifest that `read_bundle` would refuse.
    """
    target = Path(path) / MANIFEST
    check_manifest(target, manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_file(target) as file:
        file.write(text)
    return target


def _task(name: str, entry: Mapping[str, Any]) -> Task:
    return TASKS.get(name) or Task(name=name, kind=entry["kind"], labels=tuple(entry["labels"]))


def _decision_rule(entry: Mapping[str, Any]) -> DecisionRule:
    return DecisionRule(
        threshold=entry.get("threshold"), floors=tuple(entry.get("floors", ())), weights=tuple(entry.get("weights", ()))
    )


def _no_emotion(entry: Mapping[str, Any]) -> NoEmotionRule | None:
    return NoEmotionRule(**entry["no_emotion"]) if "no_emotion" in entry else None


def _check_inside(path: Path, name: str) -> None:
    try:
        inside = (path / name).resolve().is_relative_to(path.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a symlink loop, a NUL in the name
        raise BundleError(path / MANIFEST, f"lists an invalid file name: {name!r}: {error}") from error
    if not inside:
        raise BundleError(path / MANIFEST, f"lists a file outside the bundle: {name!r}")


def _verify_file(path: Path, entry: Mapping[str, Any]) -> None:
    if not path.is_file():
        raise BundleError(path, "is missing")
    # the size first: it detects a partial download without reading the file
    if (size := path.stat().st_size) != entry["size"]:
        raise BundleError(path, f"has {size} bytes instead of {entry['size']}")
    try:
        sha256 = file_entry(path)["sha256"]
    except OSError as error:
        raise BundleError(path, f"cannot be read: {error.strerror}") from error
    if sha256 != entry["sha256"]:
        raise BundleError(path, f"has the SHA-256 {sha256} instead of {entry['sha256']}")
