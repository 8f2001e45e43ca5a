"""The model card, and the reload."""

import json

import pytest

from emoji_api.app import create_app
from tests.rest.conftest import ADMIN_KEY
from tests.versions import point_to, truncate_network


@pytest.fixture
def client_of_store(following):
    return following.test_client()


@pytest.fixture
def reload(client_of_store, admin_headers):
    return lambda: client_of_store.post("/models/reload", headers=admin_headers)


@pytest.fixture
def refused(store, reload):
    """The answer to a reload when the store points to a broken model."""
    truncate_network(store.path("second"))
    point_to(store, "second")
    return reload()


def test_card_is_the_manifest_and_the_engine(client, tiny_bundle):
    manifest = json.loads((tiny_bundle / "bundle.json").read_text(encoding="utf-8"))
    card = client.get("/models").get_json()
    assert card.pop("engine") == "onnx"
    assert card == manifest


def test_labels_have_the_order_of_the_output(client):
    labels = client.get("/models").get_json()["tasks"]["emotion"]["labels"]
    assert labels == ["sadness", "joy", "love", "anger", "fear", "surprise"]


def test_reload_loads_the_version_that_the_store_points_to(store, reload, client_of_store):
    assert reload().get_json() == {"model": "first"}
    store.serve("second")
    response = reload()
    assert (response.status_code, response.get_json()) == (200, {"model": "second"})
    assert client_of_store.get("/models").get_json()["version"] == "second"


def test_reload_makes_other_workers_reload(store, reload):
    before = store.stamp()
    reload()
    assert store.stamp() != before


def test_reload_works_with_a_read_only_store(store, reload):
    (store.folder / ".lock").unlink()
    (store.folder / ".lock").mkdir()  # cannot be opened, not even by root
    assert reload().get_json() == {"model": "first"}


def test_reload_of_a_broken_model_is_a_conflict_with_the_reason(refused):
    document = refused.get_json()
    assert (refused.status_code, document["code"], document["status"]) == (409, 409, "Conflict")
    assert "1000 bytes" in document["message"] and document["message"].endswith("; first goes on serving")


def test_broken_model_is_reported_in_the_card_and_in_readiness(refused, client_of_store):
    for path in ("/models", "/health/ready"):
        response = client_of_store.get(path)
        assert response.status_code == 200
        assert response.get_json()["wanted"] == "second" and "1000 bytes" in response.get_json()["reload_error"]
    assert client_of_store.get("/health/ready").get_json()["model"] == "first"


def test_metrics_count_a_broken_model(refused, client_of_store):
    lines = client_of_store.get("/metrics").text.splitlines()
    assert "emoji_api_model_reload_failures_total 1.0" in lines
    assert 'emoji_api_model_info{engine="onnx",version="first"} 1.0' in lines


def test_rollback_clears_the_error(refused, store, reload, client_of_store):
    store.serve("first")
    assert reload().status_code == 200
    assert client_of_store.get("/health/ready").get_json() == {"ready": True, "model": "first"}


def test_metrics_show_the_served_model_only(store, reload, client_of_store):
    store.serve("second")
    reload()
    lines = client_of_store.get("/metrics").text.splitlines()
    assert 'emoji_api_model_info{engine="onnx",version="second"} 1.0' in lines
    assert 'emoji_api_model_info{engine="onnx",version="first"} 0.0' in lines


def test_reload_without_any_model_is_unavailable(store, admin_headers):
    point_to(store, "third")
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0, "ADMIN_KEYS": ADMIN_KEY})
    response = app.test_client().post("/models/reload", headers=admin_headers)
    assert response.status_code == 503 and "third: the store has no such version" in response.get_json()["message"]
    store.serve("second")
    assert app.test_client().post("/models/reload", headers=admin_headers).get_json() == {"model": "second"}


def test_model_named_by_the_settings_is_not_reloaded(tiny_bundle, admin_headers):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ADMIN_KEYS": ADMIN_KEY})
    response = app.test_client().post("/models/reload", headers=admin_headers)
    assert response.status_code == 409 and "EMOJI_API_MODEL_PATH" in response.get_json()["message"]
