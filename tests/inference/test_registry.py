"""Following a model in an MLflow registry, here a real one in SQLite."""

import subprocess
import sys
from pathlib import Path

import pytest

from emoji_api.errors import BundleError, RegistryError
from emoji_api.inference import store as store_module
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.registry import RegisteredModel
from emoji_api.inference.serving import ModelServer
from emoji_api.inference.store import ModelStore
from tests.server import ROOT
from tests.versions import truncate_network, write_version
from tests.waiting import wait_until

mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed")


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def client(database, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    return mlflow.MlflowClient(tracking_uri=database, registry_uri=database)


@pytest.fixture
def name(request) -> str:
    """The name of a registered model that only this test uses."""
    return request.node.name


@pytest.fixture
def register(client, name, tmp_path):
    """Return a function that registers a bundle as the champion, and returns its version number."""
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
    """Return a function that writes a bundle of the given version, and returns its folder."""
    return lambda version: write_version(tiny_bundle, tmp_path, version)


def start_server(uri: str, store: ModelStore, reload_seconds: float = 0) -> ModelServer:
    server = ModelServer(store=store, registry_uri=uri, reload_seconds=reload_seconds)
    server.start()
    return server


def test_champion_is_fetched_and_served(champion, register, store, version) -> None:
    for name in ("first", "second"):
        register(version(name))
        champion.follow()
        assert store.served() == name
    assert store.versions() == ["first", "second"]


def test_alias_of_an_older_version_is_a_rollback(champion, register, client, name, store, version) -> None:
    number = register(version("first"))
    champion.follow()
    register(version("second"))
    champion.follow()
    client.set_registered_model_alias(name, "champion", number)
    champion.follow()
    assert (store.served(), store.previous()) == ("first", "second")


def test_unchanged_alias_changes_nothing(champion, register, store, version) -> None:
    register(version("first"))
    champion.follow()
    stamp = store.stamp()
    champion.follow()
    assert store.stamp() == stamp


def test_version_can_be_named_by_its_number(register, name, store, version) -> None:
    number = register(version("first"))
    register(version("second"))
    RegisteredModel(f"models:/{name}/{number}", store).follow()
    assert store.served() == "first"


def test_damaged_bundle_is_refused_and_not_fetched_again(champion, register, store, version, monkeypatch) -> None:
    register(version("first"))
    champion.follow()
    broken = version("broken")
    truncate_network(broken)
    register(broken)
    with pytest.raises(BundleError, match="1000 bytes"):
        champion.follow()
    monkeypatch.setattr(champion, "_fetch", lambda *arguments: pytest.fail("fetched again"))
    with pytest.raises(BundleError, match="1000 bytes"):
        champion.follow()
    assert store.served() == "first"


def test_served_version_damaged_in_the_store_is_fetched_by_a_retry(champion, register, store, version) -> None:
    register(version("first"))
    champion.follow()
    truncate_network(store.path("first"))
    champion.follow(retry=True)
    assert store.path("first", verify=True)


def test_version_damaged_in_the_store_is_fetched_before_it_is_served(
    champion, register, client, name, store, version
) -> None:
    number = register(version("first"))
    champion.follow()
    register(version("second"))
    champion.follow()
    truncate_network(store.path("first"))
    client.set_registered_model_alias(name, "champion", number)
    champion.follow()
    assert store.served() == "first" and store.path("first", verify=True)


def test_poll_reads_only_the_served_version(champion, register, store, version, monkeypatch) -> None:
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


def test_invalid_pointer_is_replaced(champion, register, store, version) -> None:
    register(version("first"))
    champion.follow()
    (store.folder / "served.json").write_text("{")
    champion.follow()
    assert store.served() == "first"


@pytest.mark.parametrize("uri", ["models:/nobody@champion", "models:/nobody/1"])
def test_unregistered_model_is_reported(client, store, uri) -> None:
    with pytest.raises(RegistryError, match=f"{uri}: the registry cannot be reached \\([A-Z_]+\\)"):
        RegisteredModel(uri, store).follow()


def test_error_of_an_unreachable_registry_does_not_have_its_address(store, monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(RegistryError) as caught:
        RegisteredModel("models:/tweets@champion", store).follow()
    assert "secret" not in str(caught.value) and "127.0.0.1" not in str(caught.value)


def test_tag_must_be_the_version_of_the_bundle(champion, register, store, version) -> None:
    register(version("first"), bundle_version="second")
    with pytest.raises(RegistryError, match="bundle_version is second, but the bundle's own version is first"):
        champion.follow()
    assert store.served() is None


def test_missing_artifact_is_reported(champion, register, store, version, tmp_path) -> None:
    bundle = version("first")
    register(bundle)
    for file in (tmp_path / "artifacts").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises((RegistryError, BundleError)):
        champion.follow()


def test_server_follows_the_registry_and_works_without_it(register, name, store, version) -> None:
    server = start_server(f"models:/{name}@champion", store)
    server.stop()  # after the first poll
    assert "the registry cannot be reached" in str(server.error)
    register(version("first"))
    server.poll()
    assert server.classifier.bundle.version == "first" and server.error is None
    register(version("second"), bundle_version="third")
    server.poll()
    assert server.classifier.bundle.version == "first" and "third" in str(server.error)
    server = start_server("models:/gone@champion", store)
    server.stop()
    assert server.classifier.bundle.version == "first" and "the registry cannot be reached" in str(server.error)


def test_server_contacts_the_registry_once_without_polling(register, name, store, version) -> None:
    register(version("first"))
    server = start_server(f"models:/{name}@champion", store)
    server.stop()
    assert server.classifier.bundle.version == "first" and server.error is None


def test_server_polls_the_registry(register, name, store, version) -> None:
    server = start_server(f"models:/{name}@champion", store, reload_seconds=0.1)
    register(version("first"))
    wait_until(lambda: server.wanted is not None)
    server.stop()
    assert server.classifier.bundle.version == "first" and server.error is None


def test_missing_mlflow_is_reported(tmp_path) -> None:
    code = f"""if True:
        import sys
        sys.modules["mlflow"] = None
        from emoji_api.inference.serving import ModelServer
        from emoji_api.inference.store import ModelStore
        server = ModelServer(store=ModelStore({str(tmp_path)!r}), registry_uri="models:/tweets@champion")
        server.start()
        server.stop()
        print(server.error)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MLflow is not installed; ")


def test_mlflow_is_imported_only_to_follow_a_registry() -> None:
    code = "import sys, emoji_api.app; print('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
