"""Data set sources: parameter files, and folders of data sets."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.sources import find_data_paths, resolve_params

PARAMS = "encoder: tiny\ndata: {emotion: hub/emotion, tweeteval: elsewhere}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path / "params.yaml"


def test_paths_come_from_the_file_without_a_folder(file: Path) -> None:
    params = resolve_params(file, None, None)
    assert (params.encoder, params.data.emotion, params.data.tweeteval) == ("tiny", "hub/emotion", "elsewhere")


def test_data_set_in_the_folder_replaces_the_path_in_the_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "emotion").mkdir(parents=True)
    data = resolve_params(file, tmp_path / "data", None).data
    assert (data.emotion, data.tweeteval) == (str(tmp_path / "data" / "emotion"), "elsewhere")


@pytest.mark.parametrize("name", ["mistyped", "empty"])
def test_folder_without_data_sets_is_an_error(file: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty" / "other").mkdir(parents=True)
    with pytest.raises(DataError, match="no emotion/"):
        resolve_params(file, tmp_path / name, None)


def test_encoder_replaces_that_of_the_file(file: Path) -> None:
    assert resolve_params(file, None, "other").encoder == "other"


def test_start_is_the_path_of_a_bundle(file: Path) -> None:
    assert resolve_params(file, None, None).start is None
    assert resolve_params(file, None, None, Path("models/tweets")).start == "models/tweets"


def test_teachers_are_paths_of_bundles(file: Path) -> None:
    assert resolve_params(file, None, None).teachers.bundles == []
    assert resolve_params(file, None, None, teachers=["one", Path("other")]).teachers.bundles == ["one", "other"]


def test_only_folders_with_the_name_of_a_data_set_are_found(tmp_path: Path) -> None:
    for name in ("emotion", "finance_topic", "weather"):
        (tmp_path / name).mkdir()
    (tmp_path / "tweeteval").write_text("a file")
    assert find_data_paths(tmp_path) == {name: str(tmp_path / name) for name in ("emotion", "finance_topic")}
