"""The MLflow client, and the runs of the experiment `tweets`."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.environment_variables import MLFLOW_TRACKING_URI

from emoji_api import processes
from emoji_api.inference.registry import DEFAULT_TRACKING_URI

STATE = Path(DEFAULT_TRACKING_URI.removeprefix("sqlite:///")).parent
"""The folder of the local MLflow database, its artifacts and the sweeps."""
EXPERIMENT = "tweets"
TRAINER = "trainer"
"""The tag of a run that identifies the process that trains, by its `processes.process_mark`."""


def open_client() -> MlflowClient:
    """Return a client of the server or database that `MLFLOW_TRACKING_URI` names; by default SQLite in `instance/`."""
    # without this, MLflow logs a line for each migration of a new database
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    uri = MLFLOW_TRACKING_URI.get() or DEFAULT_TRACKING_URI
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def create_run(client: MlflowClient, name: str, tags: Mapping[str, str]) -> Run:
    """Create a run in the experiment `tweets`, and the experiment if necessary.

    A tracking server chooses where artifacts are stored; without a server they are stored in `instance/mlartifacts`.
    """
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        server = client.tracking_uri.startswith(("http://", "https://", "databricks"))
        location = None if server else (STATE / "mlartifacts").absolute().as_uri()
        experiment_id = client.create_experiment(EXPERIMENT, artifact_location=location)
    else:
        experiment_id = experiment.experiment_id
    return client.create_run(experiment_id, run_name=name, tags=dict(tags))


def end_orphaned_runs(client: MlflowClient) -> None:
    """End the open runs of trainers on this machine that no longer exist as KILLED: after SIGKILL they stay open."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    open_runs = client.search_runs([experiment.experiment_id], "attributes.status = 'RUNNING'") if experiment else []
    for run in open_runs:
        if processes.is_gone(run.data.tags.get(TRAINER, "")):
            client.set_terminated(run.info.run_id, "KILLED")


def timestamp() -> int:
    """Return the time now as MLflow counts it, in milliseconds since 1970."""
    return round(time.time() * 1000)
