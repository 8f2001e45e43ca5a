"""An installation whose trainings take seconds, and requests to its training service."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml
from mlflow import MlflowClient

from emoji_api.database.tables import FINAL_TRAINING_STATES
from emoji_api.inference.store import ModelStore
from emoji_api.settings import environment_variable
from tests.server import Server
from tests.training.altered import altered
from tests.waiting import wait_until

ADMIN_KEY = "an-admin-key-of-the-tests"
ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
GATE_PARAMS = {
    "max_drop": 0.5,
    "resamples": 100,
    "max_calibration_error": 1,
    "max_latency_ratio": 1000,
    "latency_texts": 2,
}
"""Bounds of the gate that depend neither on the calibration of a tiny network nor on the load of the machine."""
FIT_PARAMS = {
    "epochs": 5,
    "patience": 2,
    "batch_size": 20,
    "learning_rate": 6e-3,
    "lengths": [32],
    "augmented": 0.0,
    "bfloat16": False,
    "class_weight_power": 0.2,
    "label_smoothing": 0.0,
}
"""Parameters with which a tiny network learns in seconds."""
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
            "admin_keys": ADMIN_KEY,
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


def send_admin_request(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request with an admin key on a new connection: the requests are spread over all workers."""
    return httpx.request(method, server.url + path, headers=ADMIN_HEADERS, timeout=60, **options)


def start_training(server: Server, **parameters: Any) -> str:
    """Start a training and return its path."""
    response = send_admin_request(server, "POST", "/training", json=parameters)
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def training_status(server: Server, path: str) -> dict[str, Any]:
    """Return the JSON document of a training."""
    return send_admin_request(server, "GET", path).json()


def wait_for_end(server: Server, path: str, state: str) -> dict[str, Any]:
    """Wait until a training has ended, and return its JSON document. Fail if it did not end with this `state`."""
    wait_until(lambda: training_status(server, path)["state"] in FINAL_TRAINING_STATES)
    job = training_status(server, path)
    assert job["state"] == state, job
    return job


def find_trainer(path: str) -> psutil.Process:
    """Return the process that runs the training at `path`."""
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
        "fit": FIT_PARAMS,
        "gate": GATE_PARAMS,
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
