"""The application with a tiny model, and one whose model is broken."""

import json
import shutil

import pytest

from emoji_api.app import create_app
from emoji_api.inference import load_classifier


@pytest.fixture(scope="session")
def app(tiny_bundle):
    return create_app({"MODEL_PATH": str(tiny_bundle), "TESTING": True, "PROPAGATE_EXCEPTIONS": False})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(scope="session")
def classifier(tiny_bundle):
    return load_classifier(tiny_bundle)


@pytest.fixture(scope="session")
def client_of(tiny_bundle, tmp_path_factory):
    """A client of the same model with only the tasks that are named."""

    def make(*tasks):
        bundle = tmp_path_factory.mktemp("models") / "few"
        shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
        manifest = json.loads((bundle / "bundle.json").read_text())
        manifest["tasks"] = {name: manifest["tasks"][name] for name in tasks}
        (bundle / "bundle.json").write_text(json.dumps(manifest))
        return create_app({"MODEL_PATH": str(bundle)}).test_client()

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
