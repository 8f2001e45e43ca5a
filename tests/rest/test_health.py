"""Probes tell the truth."""

import shutil

import pytest

from emoji_api.app import create_app


def test_live(client):
    assert client.get("/health/live").get_json() == {"live": True}


def test_ready_names_the_model(client, tiny_bundle):
    document = client.get("/health/ready").get_json()
    assert document["ready"] is True
    assert document["model"] == client.get("/models").get_json()["version"]


def test_broken_network_is_live_but_not_ready(broken_client, broken_bundle):
    assert broken_client.get("/health/live").status_code == 200
    response = broken_client.get("/health/ready")
    document = response.get_json()
    assert (response.status_code, document["ready"]) == (503, False)
    assert document["file"] == str(broken_bundle / "model.int8.onnx")
    assert "1000 bytes" in document["reason"]


def test_no_bundle_is_live_but_not_ready(tmp_path):
    client = create_app({"MODEL_PATH": str(tmp_path / "none")}).test_client()
    assert client.get("/health/live").get_json() == {"live": True}
    document = client.get("/health/ready").get_json()
    assert document["ready"] is False and document["file"] == str(tmp_path / "none")


@pytest.mark.parametrize("name", ["bundle.json", "tokenizer/tokenizer.json", "model.int8.onnx"])
def test_a_missing_file_is_named(tiny_bundle, tmp_path, name):
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    (bundle / name).unlink()
    document = create_app({"MODEL_PATH": str(bundle)}).test_client().get("/health/ready").get_json()
    assert document["ready"] is False and document["file"] == str(bundle / name)
