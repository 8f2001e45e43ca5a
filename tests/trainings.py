"""An installation whose trainings take seconds, and requests to its training service."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml
from mlflow import MlflowClient

from emoji_api.inference.store import ModelStore
from emoji_api.settings import environment_variable
from tests.server import Server
from tests.training.altered import altered

SECONDS = 900
KEY = "an-admin-key-of-the-tests"
HEADERS = {"Authorization": f"Bearer {KEY}"}
ENDED = ("promoted", "rejected", "failed", "cancelled")
LENIENT = {"max_drop": 0.5, "resamples": 100, "max_calibration_error": 1, "max_latency_ratio": 1000, "latency_texts": 2}
BEHAVIOUR = """
import os
from emoji_api import load_classifier

def test_classifier_answers():
    assert load_classifier(os.environ["EMOJI_API_BEHAVIOUR_MODEL"]).classify("happy")
"""


@dataclass(frozen=True)
class Installation:
    """Parameters, behaviour tests, MLflow, database and model store in one folder."""

    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        """The service's settings, by lower-case name."""
        return {
            "database_url": f"sqlite:///{self.folder}/emoji_api.db",
            "model_store": str(self.folder / "models"),
            "reload_seconds": 0.5,
            "admin_keys": KEY,
            "training_params": str(self.folder / "params.yaml"),
            "training_folder": str(self.folder / "training"),
            "training_tests": str(self.folder / "tests" / "behaviour"),
            "training_heartbeat": 1.0,
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the settings and of MLflow."""
        variables = {environment_variable(name): str(value) for name, value in self.settings.items()}
        return variables | {"MLFLOW_TRACKING_URI": f"sqlite:///{self.folder}/mlflow.db"}

    def leftovers(self) -> list[str]:
        """Return the names of files in the training folder, logs excluded."""
        return [path.name for path in (self.folder / "training").iterdir() if path.suffix != ".log"]


def wait_until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until `holds()` is true. Fail after that many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not true within {seconds} seconds"
        time.sleep(0.1)


def ask(server: Server, method: str, path: str, **more: Any) -> httpx.Response:
    """Send a request as an admin, on a new connection, so that every worker gets some."""
    return httpx.request(method, server.url + path, headers=HEADERS, timeout=60, **more)


def order(server: Server, **parameters: Any) -> str:
    """Start a training and return its path."""
    response = ask(server, "POST", "/training", json=parameters)
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def training_status(server: Server, path: str) -> dict[str, Any]:
    """Return the JSON document of a training."""
    return ask(server, "GET", path).json()


def trainer(path: str) -> psutil.Process:
    """Return the trainer's process."""
    job_id = path.rpartition("/")[2]
    (match,) = [process for process in psutil.process_iter(["cmdline"]) if job_id in (process.info["cmdline"] or [])]
    return match


def write_installation(folder: Path, checkpoint: Path, data: Path, tables: Path) -> Installation:
    """Write an installation that trains `checkpoint` on the emotion set in `data`.

    `tables` is an MLflow database without runs.
    """
    params = {
        "encoder": str(checkpoint),
        "data": {"emotion": str(data / "emotion")},
        "max_length": 32,
        "fit": {
            "epochs": 5,
            "patience": 2,
            "batch_size": 20,
            "learning_rate": 6e-3,
            "lengths": [32],
            "augmented": 0.0,
            "bfloat16": False,
            "class_weight_power": 0.2,
            "label_smoothing": 0.0,
        },
        "gate": LENIENT,
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "tests" / "behaviour").mkdir(parents=True)
    (folder / "tests" / "behaviour" / "test_answers.py").write_text(BEHAVIOUR)
    shutil.copy(tables, folder / "mlflow.db")
    client = MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
    client.create_experiment("tweets", artifact_location=(folder / "mlartifacts").as_uri())
    return Installation(folder)


def write_champion(installation: Installation, bundle: Path) -> None:
    """Serve the bundle's network with emotion as its only task, as version `first` of the installation's store."""

    def keep_emotion(manifest: dict[str, Any]) -> None:
        manifest["tasks"] = {"emotion": manifest["tasks"]["emotion"]}

    store = ModelStore(installation.folder / "models")
    store.add(altered(bundle, installation.folder, "first", keep_emotion))
    store.serve("first")
