"""The application with a tiny model, and one whose model is broken."""

import json
import shutil

import pytest

from emoji_api.app import create_app
from emoji_api.inference import load_classifier
from emoji_api.inference.store import ModelStore
from emoji_api.rest.serving import EXTENSION
from tests.versions import fill

ADMIN_KEY = "an-admin-key-of-the-tests"


@pytest.fixture(scope="session")
def app(tiny_bundle, database_file):
    return create_app(
        {
            "MODEL_PATH": str(tiny_bundle),
            "DATABASE_URL": database_file,
            "TESTING": True,
            "PROPAGATE_EXCEPTIONS": False,
        }
    )


@pytest.fixture(scope="session")
def database_file(tmp_path_factory):
    """The address of a database that the session's applications share."""
    return f"sqlite:///{tmp_path_factory.mktemp('instance')}/emoji_api.db"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def classifier(tiny_bundle):
    return load_classifier(tiny_bundle)


@pytest.fixture(scope="session")
def client_of(tiny_bundle, database_file, tmp_path_factory):
    """A client of the same model with only the tasks that are named."""

    def make(*tasks):
        bundle = tmp_path_factory.mktemp("models") / "few"
        shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
        manifest = json.loads((bundle / "bundle.json").read_text())
        manifest["tasks"] = {name: manifest["tasks"][name] for name in tasks}
        (bundle / "bundle.json").write_text(json.dumps(manifest))
        return create_app({"MODEL_PATH": str(bundle), "DATABASE_URL": database_file}).test_client()

    return make


@pytest.fixture(scope="session")
def emotion_client(client_of):
    """A client of a model that has emotions only."""
    return client_of("emotion")


@pytest.fixture
def broken_bundle(tiny_bundle, tmp_path):
    """A bundle whose network was cut short."""
    bundle = tmp_path / "broken"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    network = bundle / "model.int8.onnx"
    network.write_bytes(network.read_bytes()[:1000])
    return bundle


@pytest.fixture
def broken_client(broken_bundle):
    return create_app({"MODEL_PATH": str(broken_bundle)}).test_client()


@pytest.fixture
def store(tiny_bundle, tmp_path):
    """A model store of the versions `first`, which is served, and `second`."""
    return fill(ModelStore(tmp_path / "store"), tiny_bundle, tmp_path, served="first")


@pytest.fixture
def following(store):
    """An application that serves what the store points to. It only looks when it is told to."""
    return create_app({"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0, "ADMIN_KEYS": [ADMIN_KEY]})


@pytest.fixture
def poll(following):
    """Makes that application poll the store."""
    return following.extensions[EXTENSION].poll


@pytest.fixture
def admin_headers():
    """What an admin sends."""
    return {"Authorization": f"Bearer {ADMIN_KEY}"}
