"""A folder of data sets is found by their names."""

from pathlib import Path

import pytest

from emoji_api.training.commands import chosen_params

PARAMS = "encoder: tiny\ndata: {emotion: hub/emotion, tweeteval: elsewhere}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path / "params.yaml"


def test_without_a_folder_the_file_says_all(file: Path) -> None:
    params = chosen_params(file, None, None)
    assert (params.encoder, params.data.emotion, params.data.tweeteval) == ("tiny", "hub/emotion", "elsewhere")


def test_what_is_in_the_folder_is_taken_from_it(file: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "emotion").mkdir(parents=True)
    data = chosen_params(file, tmp_path / "data", None).data
    assert (data.emotion, data.tweeteval) == (str(tmp_path / "data" / "emotion"), "elsewhere")


def test_another_encoder(file: Path) -> None:
    assert chosen_params(file, None, "other").encoder == "other"
