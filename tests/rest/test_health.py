"""Liveness and readiness probes."""

import shutil

import pytest

from emoji_api.app import create_app
from tests.rest.conftest import ADMIN_KEY
from tests.versions import point_to, truncate_network

PUBLIC_PATHS = ["/health/live", "/health/ready", "/models", "/tweets?text=happy", "/tweets/analysis?text=happy"]


def test_liveness_probe_answers(client):
    assert client.get("/health/live").get_json() == {"live": True}


def test_readiness_probe_names_the_model_version(client):
    document = client.get("/health/ready").get_json()
    assert document == {"ready": True, "model": client.get("/models").get_json()["version"]}


def test_broken_network_is_live_but_not_ready(broken_client):
    assert broken_client.get("/health/live").status_code == 200
    response = broken_client.get("/health/ready")
    document = response.get_json()
    assert (response.status_code, document["ready"], document["file"]) == (503, False, "model.int8.onnx")
    assert "1000 bytes" in document["reason"]


def test_missing_bundle_is_live_but_not_ready(tmp_path):
    client = create_app({"MODEL_PATH": str(tmp_path / "none")}).test_client()
    assert client.get("/health/live").get_json() == {"live": True}
    assert client.get("/health/ready").get_json() == {"ready": False, "reason": "there is no such folder"}


def test_version_that_the_store_does_not_have_is_named(store):
    point_to(store, "third")
    client = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0}).test_client()
    assert client.get("/health/ready").get_json() == {
        "ready": False,
        "reason": "the store has no such version",
        "wanted": "third",
    }


@pytest.mark.parametrize("name", ["bundle.json", "tokenizer/tokenizer.json", "model.int8.onnx"])
def test_missing_file_is_named_relative_to_the_bundle(bundle, name):
    (bundle / name).unlink()
    document = create_app({"MODEL_PATH": str(bundle)}).test_client().get("/health/ready").get_json()
    assert document["ready"] is False and document["file"] == name


@pytest.fixture
def bundle(tiny_bundle, tmp_path):
    """A copy of the tiny bundle to break, in a folder whose name has a space."""
    return shutil.copytree(tiny_bundle, tmp_path / "a bundle", ignore=shutil.ignore_patterns("saved_model"))


def remove_network(bundle):
    (bundle / "model.int8.onnx").unlink()


def replace_tokenizer(bundle):
    (bundle / "tokenizer" / "tokenizer.json").write_text("{}")


def replace_network_by_a_folder(bundle):
    remove_network(bundle)
    (bundle / "model.int8.onnx").mkdir()


def truncate_manifest(bundle):
    (bundle / "bundle.json").write_text('{"format": 1')


@pytest.mark.parametrize(
    "break_bundle",
    [remove_network, replace_tokenizer, replace_network_by_a_folder, truncate_manifest, shutil.rmtree],
)
def test_public_answers_do_not_show_the_folder_of_a_broken_bundle(bundle, tmp_path, caplog, break_bundle):
    break_bundle(bundle)
    client = create_app({"MODEL_PATH": str(bundle), "ADMIN_KEYS": ADMIN_KEY}).test_client()
    for path in PUBLIC_PATHS:
        response = client.get(path)
        assert tmp_path.name not in response.text and "a bundle" not in response.text
        assert (response.status_code == 200) == (path == "/health/live")
    assert str(bundle) in caplog.text


def test_file_that_the_engine_cannot_load_is_named_without_its_folder(bundle, tmp_path):
    from emoji_api.inference.bundle import file_entry, read_bundle, write_manifest

    manifest = read_bundle(bundle).manifest
    (bundle / "model.int8.onnx").write_bytes(b"not a network")
    manifest["files"]["model.int8.onnx"] = file_entry(bundle / "model.int8.onnx")
    write_manifest(bundle, manifest)
    client = create_app({"MODEL_PATH": str(bundle)}).test_client()
    document = client.get("/health/ready").get_json()
    assert document["file"] == "model.int8.onnx" and "ONNX Runtime" in document["reason"]
    assert tmp_path.name not in str(document) and "/" not in document["reason"]


def test_folder_of_a_model_that_cannot_be_reloaded_is_shown_to_admins_only(following, store, admin_headers):
    truncate_network(store.path("second"))
    point_to(store, "second")
    client = following.test_client()
    assert client.post("/models/reload").status_code == 401
    assert str(store.folder) in client.post("/models/reload", headers=admin_headers).get_json()["message"]
    for path in ("/health/ready", "/models"):
        document = client.get(path).get_json()
        assert document["reload_error"].startswith("model.int8.onnx: has 1000 bytes")
        assert str(store.folder) not in document["reload_error"]
