"""An installation that trains for seconds: parameters, behaviour tests, an MLflow, a database and a model store."""

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

from emoji_api.settings import environment_variable
from tests.server import Server

SECONDS = 900
KEY = "an-admin-key-of-the-tests"
HEADERS = {"Authorization": f"Bearer {KEY}"}
ENDED = ("promoted", "rejected", "failed", "cancelled")
LENIENT = {"max_drop": 0.5, "resamples": 100, "max_calibration_error": 1, "max_latency_ratio": 1000, "latency_texts": 2}
BEHAVIOUR = """
import os
from emoji_api import load_classifier

def test_it_answers():
    assert load_classifier(os.environ["EMOJI_API_BEHAVIOUR_MODEL"]).classify("happy")
"""


@dataclass(frozen=True)
class Installation:
    """Everything in one folder."""

    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of its service, by name in small letters."""
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
        """The same as environment variables, with where its MLflow is."""
        variables = {environment_variable(name): str(value) for name, value in self.settings.items()}
        return variables | {"MLFLOW_TRACKING_URI": f"sqlite:///{self.folder}/mlflow.db"}

    def left(self) -> list[str]:
        """What is in the folder of trainings beside logs."""
        return [path.name for path in (self.folder / "training").iterdir() if path.suffix != ".log"]


def wait_until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Waits until `holds()`; fails where it does not within that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def ask(server: Server, method: str, path: str, **more: Any) -> httpx.Response:
    """What an admin is answered. A connection a request, so that every worker gets some."""
    return httpx.request(method, server.url + path, headers=HEADERS, timeout=60, **more)


def order(server: Server, **parameters: Any) -> str:
    """Orders a training; its path."""
    response = ask(server, "POST", "/training", json=parameters)
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def told(server: Server, path: str) -> dict[str, Any]:
    """What is told of a training."""
    return ask(server, "GET", path).json()


def trainer(path: str) -> psutil.Process:
    """The process of a training."""
    number = path.rpartition("/")[2]
    (process,) = [one for one in psutil.process_iter(["cmdline"]) if number in (one.info["cmdline"] or [])]
    return process


def write_installation(folder: Path, checkpoint: Path, data: Path, tables: Path) -> Installation:
    """An installation that trains `checkpoint` on the emotion set in `data`; `tables` is an MLflow without a run."""
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
    """Serves the bundle's network, of emotion alone, as the version `first` from the installation's store."""
    from emoji_api.inference.store import ModelStore
    from tests.training.altered import altered

    def of_emotion(manifest: dict[str, Any]) -> None:
        manifest["tasks"] = {"emotion": manifest["tasks"]["emotion"]}

    store = ModelStore(installation.folder / "models")
    store.add(altered(bundle, installation.folder, "first", of_emotion))
    store.serve("first")
