"""The MLflow client."""

import shutil
from pathlib import Path

from emoji_api.training.tracking.runs import open_client


def test_default_database_is_in_the_instance_folder(mlflow_tables: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(mlflow_tables, tmp_path / "instance")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert open_client().tracking_uri == "sqlite:///instance/mlflow.db"
