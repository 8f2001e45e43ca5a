"""The application factory, and the ways to start the application for development."""

import subprocess
import sys

import pytest

from emoji_api.app import create_app
from emoji_api.errors import SettingsError
from tests.server import ROOT

TRAINING_LIBRARIES = ("tensorflow", "transformers", "pandas", "sklearn", "datasets")


def test_settings_reach_the_configuration(tiny_bundle):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "MAX_BATCH_SIZE": 2, "TESTING": True})
    assert (app.config["MAX_BATCH_SIZE"], app.config["THREADS"], app.testing) == (2, 1, True)
    assert app.test_client().post("/tweets/batch", json={"texts": ["a"] * 3}).status_code == 422


def test_environment_reaches_the_configuration(tiny_bundle, monkeypatch):
    monkeypatch.setenv("EMOJI_API_MODEL_PATH", str(tiny_bundle))
    assert create_app().test_client().get("/health/ready").status_code == 200


def test_maximum_body_size_is_a_setting(tiny_bundle):
    client = create_app({"MODEL_PATH": str(tiny_bundle), "MAX_BODY_BYTES": 1_000}).test_client()
    assert client.post("/tweets", json={"text": "x" * 1_001}).status_code == 413


def test_invalid_setting_raises():
    with pytest.raises(SettingsError, match="EMOJI_API_ENGINE"):
        create_app({"ENGINE": "torch"})


def test_applications_do_not_share_metrics(tiny_bundle):
    first, second = (create_app({"MODEL_PATH": str(tiny_bundle)}).test_client() for _ in range(2))
    first.get("/tweets?text=happy")
    assert 'label="joy"' in first.get("/metrics").text
    assert 'label="joy"' not in second.get("/metrics").text


def test_serving_does_not_import_training_libraries(tiny_bundle):
    code = (
        "import sys; from emoji_api.app import create_app;"
        f"app = create_app({{'MODEL_PATH': {str(tiny_bundle)!r}}});"
        "assert app.test_client().get('/tweets?text=happy').status_code == 200;"
        f"print([name for name in {TRAINING_LIBRARIES} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("folder", [".", "emoji_api"])
def test_flask_finds_the_application(tiny_bundle, folder, monkeypatch):
    monkeypatch.setenv("EMOJI_API_MODEL_PATH", str(tiny_bundle))
    monkeypatch.delenv("FLASK_APP", raising=False)
    command = [sys.executable, "-m", "flask", "routes"]
    result = subprocess.run(command, cwd=ROOT / folder, capture_output=True, text=True, check=True)
    assert "/tweets/batch" in result.stdout
