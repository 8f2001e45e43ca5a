"""`emoji-api models`: verify, show, fit-no-emotion, add, serve, list, register, promote and rollback."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.params import Params
from tests.server import ROOT
from tests.versions import write_version

Invoke = Callable[..., Result]


@pytest.fixture
def models(mlflow, tiny_bundle: Path, tmp_path: Path, monkeypatch) -> Invoke:
    """Return a function that invokes `emoji-api models`.

    The store serves `first`; the challenger is `second`, with the same network.
    """
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "store"))
    store = ModelStore(tmp_path / "store")
    store.serve(store.add(write_version(tiny_bundle, tmp_path, "first")))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["models", *arguments])

    assert invoke("register", str(write_version(tiny_bundle, tmp_path, "second"))).exit_code == 0
    return invoke


@pytest.fixture
def options(tiny_params: Params, tmp_path: Path) -> list[str]:
    """Options with tiny parameters and a folder of one behaviour test, which passes."""
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tiny_params.as_dict()))
    folder = tmp_path / "project" / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    return ["--params", str(tmp_path / "params.yaml"), "--tests", str(folder)]


def test_verify_accepts_a_complete_bundle(tiny_bundle: Path) -> None:
    result = CliRunner().invoke(main, ["models", "verify", str(tiny_bundle)])
    assert result.exit_code == 0
    assert "is intact and has the tasks emotion" in result.output


def test_verify_names_an_altered_file(tiny_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    (copy / "model.int8.onnx").write_bytes(b"")
    result = CliRunner().invoke(main, ["models", "verify", str(copy)])
    assert result.exit_code == 1
    assert "model.int8.onnx: has 0 bytes instead of" in result.stderr


def test_show_prints_the_manifest_as_json(tiny_bundle: Path) -> None:
    result = CliRunner().invoke(main, ["models", "show", "--json", str(tiny_bundle)])
    assert json.loads(result.output) == json.loads((tiny_bundle / "bundle.json").read_text())


def test_unwritable_store_is_reported(tiny_bundle: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "file" / "store"))
    result = CliRunner().invoke(main, ["models", "add", str(tiny_bundle)])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "Not a directory" in result.stderr


def served(tmp_path: Path) -> str | None:
    return ModelStore(tmp_path / "store").served()


@pytest.mark.parametrize("arguments", [("--force",), ("--force", "--reason", " "), ("--reason", "it is better")])
def test_force_and_reason_go_together(models: Invoke, options: list[str], tmp_path: Path, arguments) -> None:
    result = models("promote", "second", *options, *arguments)
    assert (result.exit_code, served(tmp_path)) == (2, "first")
    assert "--reason" in result.stderr


def test_forced_promotion_needs_no_gate(models: Invoke, options: list[str], tmp_path: Path) -> None:
    result = models("promote", "second", *options[:2], "--tests", "/nowhere", "--force", "--reason", "no more insults")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("second is the champion, forced: no more insults\n")
    assert served(tmp_path) == "second"
    listed = models("list").output.splitlines()
    assert [line.split("  ")[:2] for line in listed] == [["first", "previous"], ["second", "champion"]]
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  emojis \d\.\d{4}, emotion \d\.\d{4}, ", listed[0])


def test_unknown_version_is_an_error(models: Invoke, options: list[str]) -> None:
    result = models("promote", "tenth", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no version 'tenth'" in result.stderr


def test_rollback_without_a_previous_champion_is_an_error(models: Invoke) -> None:
    result = models("rollback")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no previous champion to roll back to\n")


def test_serving_installation_adds_and_serves_versions(tiny_bundle: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules |= dict.fromkeys(['mlflow', 'tensorflow', 'tf_keras', 'transformers']); "
    code += "from emoji_api.cli.main import main; main(sys.argv[1:])"
    environment = os.environ | {"EMOJI_API_MODEL_STORE": str(tmp_path / "store")}

    def invoke(*arguments: str) -> str:
        command = [sys.executable, "-c", code, "models", *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for version in ("first", "second"):
        assert invoke("add", str(write_version(tiny_bundle, tmp_path, version))) == f"{version}\n"
        assert invoke("serve", version) == f"{version} is served\n"
    assert served(tmp_path) == "second"
    assert invoke("serve", "--previous") == "first is served\n"
    assert served(tmp_path) == "first"


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["tenth"], 1, "tenth: the store has no such version"),
        (["--previous"], 1, "no version was served before"),
        ([], 2, "give either a VERSION or --previous"),
        (["first", "--previous"], 2, "give either a VERSION or --previous"),
    ],
)
def test_wrong_version_is_not_served(tmp_path: Path, monkeypatch, arguments: list[str], code: int, reason: str) -> None:
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "store"))
    result = CliRunner().invoke(main, ["models", "serve", *arguments])
    assert result.exit_code == code and reason in result.stderr


def test_unreachable_registry_is_an_error(monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = CliRunner().invoke(main, ["models", "list"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: MLflow: ")


def test_fit_no_emotion_writes_the_rule(public_data: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(packaged_bundle(), tmp_path / "bundle"))
    manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    del manifest["tasks"]["emotion"]["no_emotion"]
    (bundle / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    arguments = ["--params", str(ROOT / "params.yaml"), "--data", str(public_data)]
    result = CliRunner().invoke(main, ["models", "fit-no-emotion", str(bundle), *arguments])
    assert result.exit_code == 0, result.output
    assert re.search(r"no emotion from a probability of 0\.\d\d; wrote .*bundle/bundle\.json", result.output)
    assert load_classifier(bundle).bundle.no_emotion is not None


def test_registry_commands_print_json(models: Invoke, options: list[str]) -> None:
    def document(*arguments: str) -> Any:
        return json.loads(models(*arguments, "--json").stdout.splitlines()[-1])

    arguments = [*options[:2], "--tests", "/nowhere", "--force", "--reason", "no more insults"]
    promoted = document("promote", "second", *arguments)
    assert (promoted["version"], promoted["champion"], promoted["promoted"]) == ("second", True, False)
    assert document("list")["aliases"] == ["champion"]
    assert document("rollback") == {"champion": "first"}
