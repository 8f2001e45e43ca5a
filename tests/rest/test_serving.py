"""The model that a process serves."""

import pytest

from emoji_api.app import create_app
from emoji_api.errors import BundleError
from emoji_api.rest.serving import served_model


def test_model_is_loaded_with_the_application(app, tiny_bundle):
    with app.app_context():
        assert served_model().classifier.bundle.path == tiny_bundle
        assert served_model().error is None


def test_broken_model_raises_when_it_is_asked(broken_bundle):
    with create_app({"MODEL_PATH": str(broken_bundle)}).app_context(), pytest.raises(BundleError, match="onnx"):
        _ = served_model().classifier


def test_engine_is_the_one_of_the_settings(tiny_bundle):
    pytest.importorskip("tensorflow", reason="needs TensorFlow, which serving can do without")
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ENGINE": "tensorflow"})
    client = app.test_client()
    assert client.get("/models").get_json()["engine"] == "tensorflow"
    assert client.get("/tweets?text=happy").get_json()["emotion"] == "joy"
