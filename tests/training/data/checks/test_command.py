"""The command `emoji-api data check`: its output, its exit code, its files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.errors import DataError
from emoji_api.training.data.checks.command import data_params_of
from emoji_api.training.data.checks.reference import read_references

Check = Callable[..., Result]


@pytest.fixture
def check(emotion: Path, tmp_path: Path) -> Check:
    def invoke(*arguments: object) -> Result:
        data, out = ["--data", emotion.parent], ["--out", tmp_path / "out"]
        return CliRunner().invoke(main, [str(part) for part in ["data", "check", *data, *out, *arguments]])

    return invoke


def edit_train(emotion: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Replace the lines of the train split with `change` of them."""
    path = emotion / "train.txt"
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")


def test_valid_data_exit_with_0(check: Check, tmp_path: Path) -> None:
    result = check()
    assert result.exit_code == 0
    assert result.output.splitlines()[1].split() == ["emotion", "unknown", "11", "0", "0", "0"]
    assert result.output.splitlines()[2:] == [f"report: {tmp_path}/out/data_docs/index.html"]
    assert (tmp_path / "out" / "data_docs" / "index.html").is_file()


def test_errors_name_the_rows_and_exit_with_1(check: Check, emotion: Path) -> None:
    edit_train(emotion, lambda rows: [*rows, ";joy"])
    result = check()
    assert result.exit_code == 1
    assert "emotion: error: train, validation, test: the text is blank (1 row, 0 known)\n  emotion/train:61 ''" in (
        result.output
    )


def test_counts_are_written_even_if_there_are_errors(check: Check, emotion: Path, tmp_path: Path) -> None:
    counts = tmp_path / "new" / "counts.json"
    assert check("--counts", counts).exit_code == 0
    assert json.loads(counts.read_text()) == {"emotion": {"passed": 11, "errors": 0, "warnings": 0, "known faults": 0}}
    edit_train(emotion, lambda rows: [*rows, ";joy"])
    assert check("--counts", counts).exit_code == 1
    assert json.loads(counts.read_text())["emotion"]["errors"] == 1


def test_unreadable_file_is_an_error(check: Check, emotion: Path) -> None:
    (emotion / "val.txt").write_bytes(b"caf\xe9;joy\n")
    result = check()
    assert (result.exit_code, "val.txt, line 1: not UTF-8" in result.output) == (1, True)


def test_written_reference_detects_lost_rows(check: Check, emotion: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    written = check("--write-reference", known)
    assert (written.exit_code, list(read_references(known))) == (0, ["emotion"])
    assert not (tmp_path / "out").exists()
    edit_train(emotion, lambda rows: rows[:30])
    assert check().exit_code == 0
    result = check("--reference", known)
    assert (result.exit_code, "train: the split has fewer rows than 54" in result.output) == (1, True)


def test_reference_next_to_the_data_is_used_without_an_option(check: Check, emotion: Path) -> None:
    check("--write-reference", emotion.parent / "reference.yaml")
    edit_train(emotion, lambda rows: rows[:30])
    assert check().exit_code == 1


def test_data_sets_are_those_in_the_folder(emotion: Path) -> None:
    data = data_params_of(str(emotion.parent))
    assert (data.emotion, data.tweeteval) == (str(emotion), None)


def test_folder_replaces_the_paths_of_the_parameter_file(check: Check, emotion: Path, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("encoder: tiny\ndata: {emotion: elsewhere}\n")
    result = check("--params", file)
    assert (result.exit_code, "elsewhere" in result.output) == (0, False)


@pytest.mark.parametrize("folder", [None, "nowhere"])
def test_missing_data_folder_is_an_error(folder: str | None) -> None:
    with pytest.raises(DataError):
        data_params_of(folder)
