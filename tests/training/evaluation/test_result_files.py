"""Evaluation results as files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, HATE
from emoji_api.training.evaluation.metrics import classification_metrics
from emoji_api.training.evaluation.result_files import require_evaluation_folder, scalar_metrics, write_evaluation

EPOCHS = [{"loss": 1.5, "score": 0.2}, {"loss": 0.5, "score": 0.4, "hate_validation_macro_f1": 0.6}]


@pytest.fixture
def metrics() -> dict:
    predicted = np.array([0, 1, 1, 1, 0])
    return classification_metrics(HATE, np.eye(2)[predicted] * 0.8 + 0.1, np.array([0, 1, 0, 1, 1]))


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_scalar_metrics_have_intervals_as_two_numbers_and_no_tables(metrics: dict) -> None:
    scalars = scalar_metrics(metrics)
    assert (scalars["rows"], scalars["accuracy"]) == (5, 0.6)
    assert [scalars[f"accuracy_interval_{end}"] for end in ("low", "high")] == metrics["accuracy_interval"]
    assert not {"confusion", "per_label"} & scalars.keys()


def test_folder_has_files_by_task_and_by_metric(metrics: dict, tmp_path: Path) -> None:
    phrase = {"rows": 3, "jaccard": 0.5, "per_label": {}}
    out = tmp_path / "new" / "evaluation"
    write_evaluation(out, {"hate": metrics, "phrase": phrase}, {"training": {"epochs": EPOCHS}})
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == [
        "confusion/hate.csv", "epochs/hate_validation_macro_f1.csv", "epochs/loss.csv", "epochs/score.csv",
        "metrics/hate.json", "metrics/phrase.json",
    ]  # fmt: skip
    assert json.loads((out / "metrics" / "phrase.json").read_text()) == {"rows": 3, "jaccard": 0.5}
    assert json.loads((out / "metrics" / "hate.json").read_text()) == scalar_metrics(metrics)


def test_confusion_file_has_a_row_per_text(metrics: dict, tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {"hate": metrics}, {})
    no, yes = HATE.labels
    expected = [[no, no], [no, yes], [yes, no], [yes, yes], [yes, yes]]
    assert rows(tmp_path / "out" / "confusion" / "hate.csv") == [["actual", "predicted"], *expected]


def test_curve_file_has_a_row_per_epoch_with_the_metric(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {}, {"training": {"epochs": EPOCHS}})
    assert rows(tmp_path / "out" / "epochs" / "loss.csv") == [["epoch", "value"], ["1", "1.5"], ["2", "0.5"]]
    assert rows(tmp_path / "out" / "epochs" / "hate_validation_macro_f1.csv")[1:] == [["2", "0.6"]]


def test_earlier_evaluation_is_replaced(metrics: dict, tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {EMOTION.name: metrics}, {})
    write_evaluation(tmp_path / "out", {"hate": metrics}, {})
    assert [path.name for path in (tmp_path / "out" / "metrics").iterdir()] == ["hate.json"]


@pytest.mark.parametrize("other", ["data.json", ".git/HEAD", "metrics/notes.md", "metrics/old/hate.json"])
def test_folder_with_other_files_is_left_unchanged(metrics: dict, tmp_path: Path, other: str) -> None:
    out = tmp_path / "out"
    write_evaluation(out, {"hate": metrics}, {"training": {"epochs": EPOCHS}})
    (out / other).parent.mkdir(parents=True, exist_ok=True)
    (out / other).write_text("mine")
    before = sorted(out.rglob("*"))
    with pytest.raises(DataError, match="is not part of an evaluation"):
        write_evaluation(out, {EMOTION.name: metrics}, {})
    assert sorted(out.rglob("*")) == before
    assert (out / other).read_text() == "mine"


def test_folder_with_other_files_is_refused_before_the_evaluation(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["evaluate", "--data", "nowhere", "--model", "nowhere", "--out", "."])
    assert result.exit_code == 1
    assert ".: mine.txt is not part of an evaluation" in result.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_missing_folder_is_accepted(tmp_path: Path) -> None:
    require_evaluation_folder(tmp_path / "new")
