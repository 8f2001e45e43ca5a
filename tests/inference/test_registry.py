"""The store follows a model of an MLflow registry, here a real one in SQLite."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emoji_api.app import create_app
from emoji_api.errors import BundleError, RegistryError
from emoji_api.inference import store as store_module
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.registry import RegisteredModel
from emoji_api.inference.store import ModelStore
from emoji_api.rest.serving import EXTENSION
from tests.rest.conftest import ADMIN_KEY
from tests.server import ROOT
from tests.versions import cut_short, write_version

mlflow = pytest.importorskip("mlflow", reason="needs MLflow, which serving can do without")


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def client(database, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    return mlflow.MlflowClient(tracking_uri=database, registry_uri=database)


@pytest.fixture
def name(request) -> str:
    """A registered model of the test's own."""
    return request.node.name


@pytest.fixture
def register(client, name, tmp_path):
    """Registers a bundle as the champion."""
    client.create_registered_model(name)
    experiment = client.create_experiment(name, artifact_location=(tmp_path / "artifacts").as_uri())

    def register(bundle: Path, **tags: str) -> str:
        run = client.create_run(experiment).info.run_id
        client.log_artifacts(run, str(bundle), "bundle")
        tags = {"bundle_version": bundle.name} | tags
        number = client.create_model_version(name, f"runs:/{run}/bundle", run, tags=tags).version
        client.set_registered_model_alias(name, "champion", number)
        return number

    return register


@pytest.fixture
def store(tmp_path) -> ModelStore:
    return ModelStore(tmp_path / "store")


@pytest.fixture
def champion(register, store, name) -> RegisteredModel:
    return RegisteredModel(f"models:/{name}@champion", store)


@pytest.fixture
def version(tiny_bundle, tmp_path):
    """Makes a bundle of that version."""
    return lambda version: write_version(tiny_bundle, tmp_path, version)


def test_the_champion_is_fetched_and_served(champion, register, store, version) -> None:
    for name in ("first", "second"):
        register(version(name))
        champion.follow()
        assert store.served() == name
    assert store.versions() == ["first", "second"]


def test_an_alias_that_goes_back_is_a_rollback(champion, register, client, name, store, version) -> None:
    number = register(version("first"))
    champion.follow()
    register(version("second"))
    champion.follow()
    client.set_registered_model_alias(name, "champion", number)
    champion.follow()
    assert (store.served(), store.previous()) == ("first", "second")


def test_an_unchanged_alias_changes_nothing(champion, register, store, version) -> None:
    register(version("first"))
    champion.follow()
    stamp = store.stamp()
    champion.follow()
    assert store.stamp() == stamp


def test_a_version_can_be_named_by_its_number(register, name, store, version) -> None:
    number = register(version("first"))
    register(version("second"))
    RegisteredModel(f"models:/{name}/{number}", store).follow()
    assert store.served() == "first"


def test_a_broken_bundle_is_refused_and_not_fetched_again(champion, register, store, version, monkeypatch) -> None:
    register(version("first"))
    champion.follow()
    broken = version("broken")
    cut_short(broken)
    register(broken)
    with pytest.raises(BundleError, match="1000 bytes"):
        champion.follow()
    monkeypatch.setattr(champion, "_fetch", lambda *arguments: pytest.fail("fetched again"))
    with pytest.raises(BundleError, match="1000 bytes"):
        champion.follow()
    assert store.served() == "first"


def test_what_was_damaged_in_the_store_is_fetched_when_it_is_asked_for_again(
    champion, register, store, version
) -> None:
    register(version("first"))
    champion.follow()
    cut_short(store.path("first"))
    champion.follow(again=True)
    assert store.path("first", verify=True)


def test_what_was_damaged_in_the_store_is_fetched_before_it_is_served(
    champion, register, client, name, store, version
) -> None:
    number = register(version("first"))
    champion.follow()
    register(version("second"))
    champion.follow()
    cut_short(store.path("first"))
    client.set_registered_model_alias(name, "champion", number)
    champion.follow()
    assert store.served() == "first" and store.path("first", verify=True)


def test_a_look_reads_no_other_version(champion, register, store, version, monkeypatch) -> None:
    for name in ("first", "second"):
        register(version(name))
        champion.follow()
    read = []

    def counted(path, *arguments, **options):
        read.append(Path(path).name)
        return read_bundle(path, *arguments, **options)

    monkeypatch.setattr(store_module, "read_bundle", counted)
    champion.follow()
    assert read == ["second"]


def test_a_broken_pointer_is_mended(champion, register, store, version) -> None:
    register(version("first"))
    champion.follow()
    (store.folder / "served.json").write_text("{")
    champion.follow()
    assert store.served() == "first"


@pytest.mark.parametrize("uri", ["models:/nobody@champion", "models:/nobody/1"])
def test_a_model_that_is_not_registered(client, store, uri) -> None:
    with pytest.raises(RegistryError, match=f"{uri}: the registry cannot be asked \\([A-Z_]+\\)"):
        RegisteredModel(uri, store).follow()


def test_a_registry_that_cannot_be_reached_is_told_without_its_address(store, monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryError) as caught:
        RegisteredModel("models:/tweets@champion", store).follow()
    assert "secret" not in str(caught.value) and "127.0.0.1" not in str(caught.value)


def test_a_version_that_does_not_say_what_it_is(champion, register, store, version) -> None:
    register(version("first"), bundle_version="second")
    with pytest.raises(RegistryError, match="bundle_version is second, and the bundle's own version is first"):
        champion.follow()
    assert store.served() is None


def test_a_bundle_that_is_gone(champion, register, store, version, tmp_path) -> None:
    bundle = version("first")
    register(bundle)
    for file in (tmp_path / "artifacts").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises((RegistryError, BundleError)):
        champion.follow()


def test_a_service_follows_it_and_outlives_it(register, name, store, version) -> None:
    settings = {"MODEL": f"models:/{name}@champion", "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0}
    app = create_app(settings)
    app.extensions[EXTENSION].watcher.stop()  # it looks once
    assert "the registry cannot be asked" in ready(app)["reason"]
    register(version("first"))
    app.extensions[EXTENSION].look()
    assert ready(app) == {"ready": True, "model": "first"}
    register(version("second"), bundle_version="third")
    app.extensions[EXTENSION].look()
    assert ready(app)["model"] == "first" and "third" in ready(app)["reload_error"]
    app = create_app({**settings, "MODEL": "models:/gone@champion"})
    app.extensions[EXTENSION].watcher.stop()
    assert ready(app)["model"] == "first" and "the registry cannot be asked" in ready(app)["reload_error"]


def test_without_looks_the_registry_is_asked_once_at_the_start(register, name, store, version) -> None:
    register(version("first"))
    app = create_app({"MODEL": f"models:/{name}@champion", "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0})
    app.extensions[EXTENSION].watcher.stop()
    assert ready(app) == {"ready": True, "model": "first"}


@pytest.fixture
def silent_registry(monkeypatch):
    """A registry that takes a question and does not answer for half a minute."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        yield server


def test_a_registry_that_does_not_answer_holds_up_neither_the_start_nor_the_requests(
    silent_registry, store, version
) -> None:
    store.serve(store.add(version("first")))
    settings = {"MODEL": "models:/tweets@champion", "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0}
    app = create_app({**settings, "ADMIN_KEYS": ADMIN_KEY})
    assert ready(app) == {"ready": True, "model": "first"}
    asked, _ = silent_registry.accept()
    response = app.test_client().post("/models/reload", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
    assert "being looked for already" in response.get_json()["message"]
    asked.close()
    app.extensions[EXTENSION].watcher.stop()
    assert ready(app)["model"] == "first" and "the registry cannot be asked" in ready(app)["reload_error"]


def test_a_service_watches_it(register, name, store, version) -> None:
    settings = {"MODEL": f"models:/{name}@champion", "MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0.1}
    app = create_app(settings)
    register(version("first"))
    deadline = time.monotonic() + 30
    while not ready(app)["ready"] and time.monotonic() < deadline:
        time.sleep(0.1)
    app.extensions[EXTENSION].watcher.stop()
    assert ready(app) == {"ready": True, "model": "first"}


def ready(app) -> dict:
    return app.test_client().get("/health/ready").get_json()


def test_without_mlflow_it_says_how_to_get_it(tmp_path) -> None:
    settings = {"MODEL": "models:/tweets@champion", "MODEL_STORE": str(tmp_path), "RELOAD_SECONDS": 0}
    code = (
        "import sys; sys.modules['mlflow'] = None;"
        f"from emoji_api.app import create_app; app = create_app({settings});"
        "app.extensions['emoji-api-model'].watcher.stop();"
        "print(app.test_client().get('/health/ready').get_json()['reason'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "MLflow is not installed; install it with: pip install 'emoji-api[train]'"


def test_serving_does_not_import_mlflow_unless_it_follows_a_registry() -> None:
    code = "import sys, emoji_api.app; print('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
