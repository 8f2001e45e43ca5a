"""A training on bad data does not start."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.checks.guard import require_valid_data
from emoji_api.training.data.checks.reference import write_references
from emoji_api.training.data.checks.run import references_of
from emoji_api.training.data.sources import dataset_readers
from emoji_api.training.params import DataParams, Params
from emoji_api.training.train import train


def contradict(emotion: Path) -> DataParams:
    """Give the first text of train a second label."""
    train = emotion / "train.txt"
    first = train.read_text().split("\n")[0]
    train.write_text(train.read_text() + first.replace(";sadness", ";joy") + "\n")
    return DataParams(emotion=str(emotion))


def require(data: DataParams, docs: Path | None = None) -> None:
    require_valid_data([read() for read in dataset_readers(data).values()], data, docs)


def test_sound_data_say_nothing(emotion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    require(DataParams(emotion=str(emotion)))
    assert capsys.readouterr().out == ""


def test_an_error_names_the_rows_and_what_to_do(emotion: Path) -> None:
    with pytest.raises(DataError, match="--write-reference") as raised:
        require(contradict(emotion))
    assert "emotion: error: train, validation, test: an earlier row has the same text and another" in str(raised.value)
    assert "\n  emotion/train:61 " in str(raised.value)


def test_a_fault_that_is_declared_beside_the_data_is_none(emotion: Path) -> None:
    data = contradict(emotion)
    write_references(emotion.parent / "reference.yaml", references_of(dataset_readers(data)))
    require(data)


def test_a_warning_is_shown_and_stops_nothing(emotion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = emotion / "train.txt"
    train.write_text(train.read_text() + train.read_text().split("\n")[0] + "\n")
    require(DataParams(emotion=str(emotion)))
    assert "emotion: warning: " in capsys.readouterr().out


def test_pages_are_written_where_they_are_wanted(emotion: Path, tmp_path: Path) -> None:
    require(DataParams(emotion=str(emotion)), tmp_path / "docs")
    assert (tmp_path / "docs" / "index.html").is_file()


def test_a_training_on_broken_data_does_not_start(emotion: Path, emotion_params: Params, tmp_path: Path) -> None:
    params = replace(emotion_params, data=contradict(emotion), encoder="an encoder that is never looked for")
    with pytest.raises(DataError, match="emotion/train:61"):
        train(params, tmp_path / "bundle", checks=tmp_path / "docs")
    assert not (tmp_path / "bundle").exists()
    assert (tmp_path / "docs" / "index.html").is_file()
