"""The application with a tiny model, and one whose model is broken."""

import shutil

import pytest

from emoji_api.app import create_app


@pytest.fixture(scope="session")
def app(tiny_bundle):
    return create_app({"MODEL_PATH": str(tiny_bundle), "TESTING": True, "PROPAGATE_EXCEPTIONS": False})


@pytest.fixture
def client(app):
    return app.test_client()


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
