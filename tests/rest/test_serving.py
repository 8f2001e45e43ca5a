"""The served model behind HTTP: the settings that name it, its version in responses, and requests during a reload."""

import socket
import threading

import pytest

from emoji_api.app import create_app
from emoji_api.errors import BundleError
from emoji_api.rest.serving import EXTENSION, served_model
from tests.rest.conftest import ADMIN_KEY
from tests.versions import point_to, truncate_network, write_version
from tests.waiting import wait_until


def model_of(app):
    return app.test_client().get("/tweets?text=happy").get_json()["model"]


def test_model_is_loaded_with_the_application(app, tiny_bundle):
    with app.app_context():
        assert served_model().classifier.bundle.path == tiny_bundle
        assert served_model().error is None


def test_broken_model_raises_its_error(broken_bundle):
    with create_app({"MODEL_PATH": str(broken_bundle)}).app_context(), pytest.raises(BundleError, match="onnx"):
        _ = served_model().classifier


def test_engine_is_a_setting(tiny_bundle):
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ENGINE": "tensorflow"})
    client = app.test_client()
    assert client.get("/models").get_json()["engine"] == "tensorflow"
    assert client.get("/tweets?text=happy").get_json()["emotion"] == "joy"


def test_model_path_overrides_the_store(store, tiny_bundle):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0.01})
    store.serve("second")
    app.extensions[EXTENSION].poll()
    assert model_of(app) not in ("first", "second")


def test_changed_pointer_is_followed(following, store, poll):
    assert model_of(following) == "first"
    store.serve("second")
    poll()
    assert model_of(following) == "second"


def test_store_is_polled_in_the_background(store):
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0.05})
    store.serve("second")
    wait_until(lambda: model_of(app) == "second")
    app.extensions[EXTENSION].stop()


@pytest.mark.parametrize("content", ["{", '{"version": "third"}'])
def test_start_with_a_broken_pointer_is_not_ready_until_it_is_repaired(store, content):
    (store.folder / "served.json").write_text(content)
    app = create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0})
    response = app.test_client().get("/health/ready")
    assert response.status_code == 503 and response.get_json()["reason"]
    store.serve("second")
    app.extensions[EXTENSION].poll()
    assert app.test_client().get("/health/ready").get_json() == {"ready": True, "model": "second"}


def test_model_that_stays_broken_is_counted_once(following, store, poll):
    truncate_network(store.path("second"))
    point_to(store, "second")
    for _ in range(9):
        poll()
    lines = following.test_client().get("/metrics").text.splitlines()
    assert "emoji_api_model_reload_failures_total 1.0" in lines
    assert 'emoji_api_model_info{engine="onnx",version="first"} 1.0' in lines


def test_batch_is_answered_by_one_model(following, store, poll):
    client, texts, versions = following.test_client(), ["i feel happy"] * 40, []

    def send_batches():
        for _ in range(20):
            answers = client.post("/tweets/batch", json={"texts": texts}).get_json()["answers"]
            versions.append([answer["model"] for answer in answers])

    thread = threading.Thread(target=send_batches)
    thread.start()
    for number in range(6):
        store.serve("first" if number % 2 else "second")
        poll()
    thread.join()
    assert len(versions) == 20
    assert all(batch in (["first"] * 40, ["second"] * 40) for batch in versions)


@pytest.mark.parametrize("path", ["/tweets?text=happy", "/tweets/analysis?text=happy", "/models"])
def test_answer_names_its_model_in_a_header(following, path):
    assert following.test_client().get(path).headers["X-Model-Version"] == "first"


@pytest.mark.parametrize("path", ["/tweets?text=", "/health/live", "/openapi.json", "/nope"])
def test_response_without_an_answer_names_no_model(following, path):
    assert "X-Model-Version" not in following.test_client().get(path).headers


def test_version_is_escaped_in_the_header(version_client):
    response = version_client("next 😂").get("/tweets?text=happy")
    assert response.headers["X-Model-Version"] == "next %F0%9F%98%82"
    assert response.get_json()["model"] == "next 😂"


@pytest.fixture
def version_client(tiny_bundle, tmp_path):
    """Return a function that makes a client of the same model under the given version."""
    return lambda version: create_app({"MODEL_PATH": str(write_version(tiny_bundle, tmp_path, version))}).test_client()


@pytest.fixture
def silent_registry(monkeypatch):
    """A registry that accepts connections and does not answer."""
    pytest.importorskip("mlflow", reason="MLflow is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        yield server


def test_silent_registry_delays_neither_the_start_nor_requests(silent_registry, store):
    settings = {"MODEL": "models:/tweets@champion", "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0}
    app = create_app({**settings, "ADMIN_KEYS": ADMIN_KEY})
    client = app.test_client()
    assert client.get("/health/ready").get_json() == {"ready": True, "model": "first"}
    connection, _ = silent_registry.accept()
    response = client.post("/models/reload", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
    connection.close()
    app.extensions[EXTENSION].stop()
    document = client.get("/health/ready").get_json()
    assert document["model"] == "first" and "the registry cannot be reached" in document["reload_error"]
