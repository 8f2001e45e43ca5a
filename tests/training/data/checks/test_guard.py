"""The check at the start of a training."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.checks.derive import derive_references
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.data.checks.reference import write_references
from emoji_api.training.data.sources import dataset_readers
from emoji_api.training.params import DataParams, Params
from emoji_api.training.train import train


def add_contradiction(emotion: Path) -> DataParams:
    """Add a row with the first text of train and another label, and return the parameters of the data."""
    train = emotion / "train.txt"
    first = train.read_text().split("\n")[0]
    train.write_text(train.read_text() + first.replace(";sadness", ";joy") + "\n")
    return DataParams(emotion=str(emotion))


def read_and_require_valid(data: DataParams, docs: Path | None = None) -> None:
    require_valid_data([read() for read in dataset_readers(data).values()], data, docs)


def test_valid_data_print_nothing(emotion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_and_require_valid(DataParams(emotion=str(emotion)))
    assert capsys.readouterr().out == ""


def test_error_names_the_rows_and_the_command_that_accepts_them(emotion: Path) -> None:
    with pytest.raises(DataError, match="--write-reference") as raised:
        read_and_require_valid(add_contradiction(emotion))
    assert "emotion: error: train, validation, test: an earlier row has the same text and another" in str(raised.value)
    assert "\n  emotion/train:61 " in str(raised.value)


def test_fault_in_the_reference_next_to_the_data_is_accepted(emotion: Path) -> None:
    data = add_contradiction(emotion)
    write_references(emotion.parent / "reference.yaml", derive_references(dataset_readers(data)))
    read_and_require_valid(data)


def test_warning_is_printed_and_does_not_stop(emotion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = emotion / "train.txt"
    train.write_text(train.read_text() + train.read_text().split("\n")[0] + "\n")
    read_and_require_valid(DataParams(emotion=str(emotion)))
    assert "emotion: warning: " in capsys.readouterr().out


def test_pages_are_written_into_the_given_folder(emotion: Path, tmp_path: Path) -> None:
    read_and_require_valid(DataParams(emotion=str(emotion)), tmp_path / "docs")
    assert (tmp_path / "docs" / "index.html").is_file()


def test_training_with_data_errors_does_not_start(emotion: Path, emotion_params: Params, tmp_path: Path) -> None:
    params = replace(emotion_params, data=add_contradiction(emotion), encoder="an encoder that does not exist")
    with pytest.raises(DataError, match="emotion/train:61"):
        train(params, tmp_path / "bundle", checks=tmp_path / "docs")
    assert not (tmp_path / "bundle").exists()
    assert (tmp_path / "docs" / "index.html").is_file()
