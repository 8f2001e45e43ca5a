"""What was measured, as files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, HATE
from emoji_api.training.evaluation.evaluate import metrics
from emoji_api.training.evaluation.result_files import numbers, refuse_others, write_evaluation

EPOCHS = [{"loss": 1.5, "score": 0.2}, {"loss": 0.5, "score": 0.4, "hate_validation_macro_f1": 0.6}]


@pytest.fixture
def measured() -> dict:
    given = np.array([0, 1, 1, 1, 0])
    return metrics(HATE, np.eye(2)[given] * 0.8 + 0.1, np.array([0, 1, 0, 1, 1]))


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_numbers_are_those_over_all_labels(measured: dict) -> None:
    found = numbers(measured)
    assert (found["rows"], found["accuracy"]) == (5, 0.6)
    assert [found[f"accuracy_interval_{end}"] for end in ("low", "high")] == measured["accuracy_interval"]
    assert not {"confusion", "per_label"} & found.keys()


def test_the_folder_has_a_file_a_task_and_a_measure(measured: dict, tmp_path: Path) -> None:
    phrase = {"rows": 3, "jaccard": 0.5, "per_label": {}}
    out = tmp_path / "new" / "evaluation"
    write_evaluation(out, {"hate": measured, "phrase": phrase}, {"training": {"epochs": EPOCHS}})
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == [
        "confusion/hate.csv", "epochs/hate_validation_macro_f1.csv", "epochs/loss.csv", "epochs/score.csv",
        "metrics/hate.json", "metrics/phrase.json",
    ]  # fmt: skip
    assert json.loads((out / "metrics" / "phrase.json").read_text()) == {"rows": 3, "jaccard": 0.5}
    assert json.loads((out / "metrics" / "hate.json").read_text()) == numbers(measured)


def test_a_confusion_has_a_row_a_text(measured: dict, tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {"hate": measured}, {})
    no, yes = HATE.labels
    expected = [[no, no], [no, yes], [yes, no], [yes, yes], [yes, yes]]
    assert rows(tmp_path / "out" / "confusion" / "hate.csv") == [["actual", "predicted"], *expected]


def test_a_curve_has_the_epochs_that_it_was_measured_in(tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {}, {"training": {"epochs": EPOCHS}})
    assert rows(tmp_path / "out" / "epochs" / "loss.csv") == [["epoch", "value"], ["1", "1.5"], ["2", "0.5"]]
    assert rows(tmp_path / "out" / "epochs" / "hate_validation_macro_f1.csv")[1:] == [["2", "0.6"]]


def test_what_was_there_is_replaced(measured: dict, tmp_path: Path) -> None:
    write_evaluation(tmp_path / "out", {EMOTION.name: measured}, {})
    write_evaluation(tmp_path / "out", {"hate": measured}, {})
    assert [path.name for path in (tmp_path / "out" / "metrics").iterdir()] == ["hate.json"]


@pytest.mark.parametrize("other", ["data.json", ".git/HEAD", "metrics/notes.md", "metrics/old/hate.json"])
def test_a_folder_with_anything_else_is_left_alone(measured: dict, tmp_path: Path, other: str) -> None:
    out = tmp_path / "out"
    write_evaluation(out, {"hate": measured}, {"training": {"epochs": EPOCHS}})
    (out / other).parent.mkdir(parents=True, exist_ok=True)
    (out / other).write_text("mine")
    before = sorted(out.rglob("*"))
    with pytest.raises(DataError, match="of no evaluation"):
        write_evaluation(out, {EMOTION.name: measured}, {})
    assert sorted(out.rglob("*")) == before
    assert (out / other).read_text() == "mine"


def test_the_working_directory_is_refused_before_anything_is_measured(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["evaluate", "--data", "nowhere", "--model", "nowhere", "--out", "."])
    assert result.exit_code == 1
    assert ".: has mine.txt, which is of no evaluation" in result.stderr
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_folder_that_is_not_there_yet_is_not_refused(tmp_path: Path) -> None:
    refuse_others(tmp_path / "new")
