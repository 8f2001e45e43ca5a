"""An MLflow of a test's own: SQLite, and its artifacts beside it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient

from emoji_api.training.tracking.mlflow_run import open_client


def write_empty_store(folder: Path) -> Path:
    """A database that has its tables and nothing else; to make them takes seconds, to copy it does not."""
    path = folder / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}", registry_uri=f"sqlite:///{path}").search_experiments()
    return path


@contextmanager
def installation(tables: Path, folder: Path) -> Iterator[MlflowClient]:
    """Works in `folder`, where an MLflow is that has only its tables."""
    shutil.copy(tables, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.chdir(folder)
        yield open_client()
