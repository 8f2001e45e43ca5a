"""`emoji-api train`, `distil`, `sweep` and `export`: parameters and options, without training a network."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.training.params import Params


@pytest.fixture
def params_file(tiny_params: Params, tmp_path: Path) -> Path:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(tiny_params.as_dict()), encoding="utf-8")
    return file


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_sweep_without_ranges_is_an_error(params_file: Path) -> None:
    result = invoke("sweep", "--params", params_file)
    assert result.exit_code == 1
    assert "the section `sweep` of the parameters has no ranges" in result.stderr


@pytest.mark.parametrize("command", [["train"], ["distil"], ["sweep"], ["export", "BUNDLE"]])
def test_missing_parameter_file_is_named(command: list[str], tmp_path: Path) -> None:
    result = invoke(*command, "--params", tmp_path / "missing.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{tmp_path}/missing.yaml" in result.stderr


@pytest.mark.parametrize("command", [["train"], ["distil"], ["sweep"], ["export", "BUNDLE"]])
def test_folder_without_data_sets_is_named(command: list[str], params_file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = invoke(*command, "--params", params_file, "--data", tmp_path / "empty")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{tmp_path}/empty: no emotion/, tweeteval/ or other data set in it" in result.stderr


@pytest.mark.parametrize("weight", ["-0.1", "1.1"])
def test_average_weight_is_between_0_and_1(params_file: Path, weight: str) -> None:
    result = invoke("export", "BUNDLE", "--params", params_file, "--average-weight", weight)
    assert result.exit_code == 2
    assert "--average-weight" in result.stderr


def test_later_parameter_file_overrides_an_earlier_one(params_file: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("sweep: {fit.colour: {choices: [1, 2]}}\n", encoding="utf-8")
    result = invoke("sweep", "--params", params_file, "--params", overlay)
    assert result.exit_code == 1
    assert "fit.colour" in result.stderr
