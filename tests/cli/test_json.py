"""`--json`: every command that prints results has it, and what it prints is JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from emoji_api.training.params import Params
from tests.cli.test_help import COMMANDS, LEAVES
from tests.server import ROOT
from tests.versions import write_version

WITHOUT_RESULTS = {("serve",), ("playground",), ("database", "sql")}
"""Commands that serve a page, or whose only output is for another program."""

Documents = Callable[..., list[Any]]


@pytest.mark.parametrize("path", [path for path in LEAVES if path not in WITHOUT_RESULTS], ids=" ".join)
def test_every_command_that_prints_results_has_the_option(path: tuple[str, ...]) -> None:
    options = [option for parameter in COMMANDS[path].params for option in parameter.opts]
    assert "--json" in options


@pytest.fixture
def documents(tmp_path: Path, monkeypatch) -> Documents:
    """Return a function that runs a command with --json and returns the documents that it prints, one per line."""
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/file.db")
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "store"))

    def run(*arguments: object, code: int = 0, whole: bool = False, input: str | None = None) -> list[Any]:
        result = CliRunner().invoke(main, [*map(str, arguments), "--json"], input=input)
        assert result.exit_code == code, result.output
        return [json.loads(text) for text in ([result.stdout] if whole else result.stdout.splitlines())]

    return run


def test_models(documents: Documents, tiny_bundle: Path, tmp_path: Path) -> None:
    for version in ("first", "second"):
        assert documents("models", "add", write_version(tiny_bundle, tmp_path, version)) == [{"version": version}]
        assert documents("models", "serve", version) == [{"served": version}]
    assert documents("models", "serve", "--previous") == [{"served": "first"}]
    assert documents("models", "verify", tiny_bundle)[0]["path"] == str(tiny_bundle)
    assert documents("models", "show", whole=True)[0]["version"] == "first"
    assert documents("models", "show", "second", whole=True)[0]["version"] == "second"


def test_database(documents: Documents) -> None:
    [upgraded] = documents("database", "upgrade")
    assert upgraded["head"] and documents("database", "current") == [upgraded]
    assert documents("database", "downgrade", "0001") == [{"revision": "0001", "head": False}]
    assert documents("database", "downgrade", "base") == [{"revision": None, "head": False}]


def test_watch(documents: Documents, mlflow) -> None:
    source = f"path={ROOT / 'emoji_api/watch/sample.jsonl'}"
    [added] = documents("watch", "add", "Nimbus", "--query", "nimbus", "--source", "file", "--option", source)
    assert documents("watch", "list") == [added | {"collected_at": None}]
    assert documents("watch", "collect", "Nimbus") == [{"found": 200, "new": 200, "classified": 188}]
    assert documents("watch", "reclassify") == [{"company": "Nimbus", "classified": 0}]
    assert documents("watch", "report", "Nimbus", whole=True)[0]["company"] == "Nimbus"
    assert documents("watch", "purge", "--days", "36500") == [{"deleted": 0}]
    assert documents("watch", "remove", "Nimbus") == [{"removed": "Nimbus"}]


def test_feedback(documents: Documents, tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/file.db").session() as session:
        for text in ("so happy 😂", "sad"):
            receive(session, text=text, task="emotion", label="joy", consent=True)
    assert [row["text"] for row in documents("feedback", "list")] == ["so happy 😂", "sad"]
    assert documents("feedback", "accept", "1") == [{"accepted": 1}]
    assert documents("feedback", "reject", "2") == [{"rejected": 1}]
    assert [row["id"] for row in documents("feedback", "export")] == [1]
    assert documents("feedback", "purge", "--days", "1") == [{"deleted": 0}]


def test_drift(documents: Documents) -> None:
    rows = documents("drift", "--file", "-", input="so happy\n" * 3)
    assert {"feature", "psi", "verdict"} <= rows[0].keys()


@pytest.fixture
def tests_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    return folder


def test_evaluation(documents: Documents, tiny_bundle: Path, tiny_params: Params, tests_folder: Path) -> None:
    data = Path(tiny_params.data.emotion).parent
    metrics = documents("evaluate", "--model", tiny_bundle, "--data", data, "--task", "emotion", whole=True)
    assert metrics[0]["emotion"]["rows"] > 0
    assert documents("behave", "--model", tiny_bundle, "--tests", tests_folder, whole=True) == [
        {"rows": 1, "failed": 0, "tests": {"test_nothing.test_nothing": {"rows": 1, "failed": 0}}}
    ]


def test_data(documents: Documents, tiny_params: Params, tmp_path: Path) -> None:
    data, reference = Path(tiny_params.data.emotion).parent, tmp_path / "reference.yaml"
    described = documents("data", "check", "--data", data, "--write-reference", reference)[0]
    assert "emotion" in described["data_sets"]
    fetched = documents("data", "fetch", "--out", tmp_path / "copy", "--from", data, "--reference", reference)
    assert [row["data_set"] for row in fetched] == described["data_sets"]


def test_log_of_a_training_is_not_mixed_with_the_json(
    documents: Documents, emotion_params: Params, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fit = replace(emotion_params.fit, epochs=1, rows=60, lengths=[24])
    params = replace(emotion_params, fit=fit).as_dict() | {"sweep": {"fit.learning_rate": {"low": 1e-3, "high": 1e-2}}}
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    [best] = documents("sweep", "--trials", "1", "--no-track")
    assert best["trial"] == 0 and best["params"].keys() == {"fit.learning_rate"}
