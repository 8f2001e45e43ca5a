"""Reading, verifying and writing bundles."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emoji_api.errors import BundleError
from emoji_api.inference.bundle import MANIFEST, ONNX, TOKENIZER, Bundle, file_entry, read_bundle, write_manifest
from emoji_api.inference.spans import SpanPrior
from emoji_api.tasks import EMOTION

Edit = Callable[[Callable[[dict[str, Any]], Any]], Path]


def refused(path: Path, reason: str, **options: bool) -> str:
    """Return the file, relative to the bundle `path`, that is named when reading fails with `reason`."""
    with pytest.raises(BundleError, match=reason) as caught:
        read_bundle(path, **options)
    return str(Path(caught.value.path).relative_to(path))


def test_bundle_has_the_content_of_its_manifest(bundle: Bundle, tiny_bundle: Path) -> None:
    written = json.loads((tiny_bundle / MANIFEST).read_text())
    assert bundle.manifest == written
    assert bundle.version == written["version"]
    assert bundle.max_length == written["max_length"]
    assert bundle.metrics == written["metrics"]
    assert bundle.tasks["emotion"] is EMOTION
    assert {name: rule.threshold for name, rule in bundle.decision_rules.items()} == {
        name: task["threshold"] for name, task in written["tasks"].items()
    }
    assert bundle.whole_text_sentiments == set(written["tasks"]["phrase"]["whole"])
    assert dataclasses.asdict(bundle.span_prior) == written["tasks"]["phrase"]["prior"]


def test_bundle_without_a_span_prior_has_a_prior_of_zero(tiny_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "older")
    manifest = json.loads((tmp_path / "older" / MANIFEST).read_text())
    del manifest["tasks"]["phrase"]["prior"]
    write_manifest(tmp_path / "older", manifest)
    assert read_bundle(tmp_path / "older").span_prior == SpanPrior(whole_text=0, log_length=0)


def test_creation_time_is_utc(bundle: Bundle) -> None:
    assert bundle.created_at.utcoffset() == timedelta(0)


def test_custom_task_is_kept(edit: Edit) -> None:
    path = edit(lambda manifest: manifest["tasks"].update(irony={"kind": "classification", "labels": ["no", "yes"]}))
    assert read_bundle(path).tasks["irony"].labels == ("no", "yes")


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere", "no such folder") == "."


def test_file_instead_of_a_folder_is_reported(tiny_bundle: Path) -> None:
    assert refused(tiny_bundle / MANIFEST, "is not a folder") == "."


@pytest.mark.parametrize("name", [TOKENIZER, ONNX])
def test_missing_file_is_reported(bundle_copy: Path, name: str) -> None:
    (bundle_copy / name).unlink()
    assert refused(bundle_copy, "is missing") == name


def test_missing_manifest_is_reported(bundle_copy: Path) -> None:
    (bundle_copy / MANIFEST).unlink()
    assert refused(bundle_copy, "No such file") == MANIFEST


@pytest.mark.parametrize("name", [TOKENIZER, ONNX])
def test_truncated_file_is_reported(bundle_copy: Path, name: str) -> None:
    content = (bundle_copy / name).read_bytes()
    (bundle_copy / name).write_bytes(content[:-1])
    assert refused(bundle_copy, f"has {len(content) - 1} bytes instead of {len(content)}") == name


@pytest.mark.parametrize("name", [TOKENIZER, ONNX])
def test_altered_byte_is_reported(bundle_copy: Path, name: str) -> None:
    content = (bundle_copy / name).read_bytes()
    (bundle_copy / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert refused(bundle_copy, "has the SHA-256") == name


def test_files_are_not_compared_without_verification(bundle_copy: Path) -> None:
    (bundle_copy / ONNX).unlink()
    assert read_bundle(bundle_copy, verify=False).version


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"format": NaN}', b"[" * 100_000])
def test_manifest_must_be_json(bundle_copy: Path, content: bytes) -> None:
    (bundle_copy / MANIFEST).write_bytes(content)
    assert refused(bundle_copy, "is not valid JSON") == MANIFEST


@pytest.mark.parametrize("content", ["[]", "null", '"bundle"'])
def test_manifest_must_be_an_object(bundle_copy: Path, content: str) -> None:
    (bundle_copy / MANIFEST).write_text(content)
    assert refused(bundle_copy, "is not a JSON object") == MANIFEST


@pytest.mark.parametrize("value", [2, "1", None])
def test_unknown_format_is_reported(edit: Edit, value: object) -> None:
    assert refused(edit(lambda manifest: manifest.update(format=value)), "unknown format") == MANIFEST


@pytest.mark.parametrize("key", ["version", "created_at", "tasks", "max_length", "files"])
def test_missing_key_is_reported(edit: Edit, key: str) -> None:
    assert refused(edit(lambda manifest: manifest.pop(key)), f"{key}.*required") == MANIFEST


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", ""), ("created_at", "yesterday"), ("max_length", "64"), ("max_length", 0), ("tasks", {})],
)
def test_wrong_value_is_reported(edit: Edit, key: str, value: object) -> None:
    assert refused(edit(lambda manifest: manifest.update({key: value})), key) == MANIFEST


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "tokenizer/../../secret", "\0"])
def test_listed_file_must_be_inside_the_bundle(edit: Edit, name: str) -> None:
    path = edit(lambda manifest: manifest["files"].update({name: {"sha256": "0" * 64, "size": 1}}))
    assert refused(path, "lists a(n invalid)? file", verify=False) == MANIFEST


def test_link_to_the_outside_is_refused(bundle_copy: Path) -> None:
    (bundle_copy / ONNX).rename(bundle_copy.parent / ONNX)
    (bundle_copy / ONNX).symlink_to(bundle_copy.parent / ONNX)
    assert refused(bundle_copy, "outside the bundle") == MANIFEST


def test_folder_may_be_a_link(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(tiny_bundle)
    assert read_bundle(tmp_path / "current").path == tmp_path / "current"


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "labels"),
        (["joy", "joy"], "has duplicate labels"),
        (list(reversed(EMOTION.labels)), "expected a classification with sadness, joy"),
        (list(EMOTION.labels[:-1]), "expected a classification with sadness, joy"),
    ],
)
def test_wrong_labels_are_reported(edit: Edit, labels: list[str], reason: str) -> None:
    assert refused(edit(lambda manifest: manifest["tasks"]["emotion"].update(labels=labels)), reason) == MANIFEST


def test_wrong_kind_is_reported(edit: Edit) -> None:
    assert refused(edit(lambda manifest: manifest["tasks"]["emotion"].update(kind="span")), "is a span") == MANIFEST


def test_saved_model_is_verified_on_request_only(bundle_copy: Path) -> None:
    shutil.rmtree(bundle_copy / "saved_model")
    assert read_bundle(bundle_copy).version
    assert refused(bundle_copy, "is missing", saved_model=True).startswith("saved_model/")


def test_file_that_is_not_listed_raises(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="is not listed"):
        bundle.file(MANIFEST)


def test_file_entry_has_sha256_and_size(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert file_entry(tmp_path / "file") == {
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "size": 3,
    }


def test_written_manifest_can_be_read(bundle: Bundle, bundle_copy: Path) -> None:
    assert write_manifest(bundle_copy, {**bundle.manifest, "version": "next 😂"}) == bundle_copy / MANIFEST
    assert read_bundle(bundle_copy).version == "next 😂"


@pytest.mark.parametrize("change", [{"max_length": -1}, {"metrics": {"accuracy": float("nan")}}])
def test_invalid_manifest_leaves_the_old_one(bundle: Bundle, bundle_copy: Path, change: dict[str, Any]) -> None:
    before = sorted(bundle_copy.iterdir())
    with pytest.raises((BundleError, ValueError)):
        write_manifest(bundle_copy, {**bundle.manifest, **change})
    assert read_bundle(bundle_copy).manifest == bundle.manifest
    assert sorted(bundle_copy.iterdir()) == before
