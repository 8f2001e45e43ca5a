"""MLflow in SQLite, for tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient

from emoji_api.training.tracking.runs import open_client


def write_empty_store(folder: Path) -> Path:
    """Create an MLflow database without runs, to be copied by the tests: creating its tables takes seconds."""
    path = folder / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}", registry_uri=f"sqlite:///{path}").search_experiments()
    return path


@contextmanager
def installation(tables: Path, folder: Path) -> Iterator[MlflowClient]:
    """Make `folder` the working directory, with a copy of the database `tables` as its MLflow, and yield a client."""
    shutil.copy(tables, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.chdir(folder)
        yield open_client()
