"""The command line, as a person meets it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emoji_api import Phrase, load_classifier
from emoji_api.cli.main import main
from emoji_api.tasks import EMOTION, TASKS

Invoke = Callable[..., Result]


@pytest.fixture
def classify(tiny_bundle: Path) -> Invoke:
    """`emoji-api classify --model` on the tiny bundle."""

    def invoke(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["classify", "--model", str(tiny_bundle), *arguments], input=input)

    return invoke


def test_one_line_a_text(classify: Invoke, tiny_bundle: Path) -> None:
    answer = load_classifier(tiny_bundle).classify(["so happy", "sad"])[0]
    result = classify("so happy", "sad")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == f"{answer.emoji} {answer.label} {answer.confidence:.4f}  so happy"
    assert len(result.output.splitlines()) == 2


def test_scores(classify: Invoke) -> None:
    output = classify("--scores", "so happy").output
    assert all(label in output for label in EMOTION.labels)


def test_json(classify: Invoke) -> None:
    document = json.loads(classify("--json", "so happy 😂").output)
    assert document["text"] == "so happy 😂"
    assert document.keys() == {"text", "answers", "truncated", "model_version"}
    assert document["answers"].keys() == {"emotion"}
    assert document["answers"]["emotion"].keys() == {"label", "emoji", "confidence"}


def test_json_with_scores(classify: Invoke) -> None:
    document = json.loads(classify("--json", "--scores", "so happy").output)
    assert tuple(document["answers"]["emotion"]["scores"]) == EMOTION.labels


@pytest.mark.parametrize("task", TASKS)
def test_any_task(classify: Invoke, tiny_bundle: Path, task: str) -> None:
    (answer,) = load_classifier(tiny_bundle).analyse("so happy today", task)[0].values()
    shown = [answer.sentiment, f'"{answer.text}"'] if isinstance(answer, Phrase) else [answer.label]
    output = classify("--task", task, "so happy today").output
    assert output.endswith(f"{' '.join(shown)} {answer.confidence:.4f}  so happy today\n")


def test_many_tasks_are_named(classify: Invoke) -> None:
    output = classify("--task", "hate", "--task", "emotion", "so happy").output
    assert re.fullmatch(r"hate: (not-)?hate [01]\.\d{4}; emotion: 😂 joy [01]\.\d{4}  so happy\n", output)


def test_many_tasks_as_json(classify: Invoke) -> None:
    output = classify("--json", "--task", "phrase", "--task", "offensive", "--file", "-", input=" so happy\n").output
    answers = json.loads(output)["answers"]
    assert list(answers) == ["phrase", "offensive"]
    assert answers["phrase"]["text"] == " so happy"[answers["phrase"]["start"] : answers["phrase"]["end"]]
    assert answers["offensive"]["threshold"] is not None


def test_a_task_that_the_model_lacks(classify: Invoke) -> None:
    result = classify("--task", "weather", "so happy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no task 'weather'; it has emojis, emotion" in result.stderr


def test_a_cut_text_is_marked(classify: Invoke) -> None:
    assert classify("so happy " * 500).output.endswith(" (cut)\n")


@pytest.mark.parametrize("content", ["so happy\nsad\n", "so happy\r\nsad", "\ufeffso happy\nsad\n"])
def test_file(classify: Invoke, tmp_path: Path, content: str) -> None:
    (tmp_path / "tweets.txt").write_bytes(content.encode())
    lines = classify("--json", "--file", str(tmp_path / "tweets.txt")).output.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["so happy", "sad"]


def test_standard_input(classify: Invoke) -> None:
    lines = classify("--json", "--file", "-", input="so happy\nsad\n").output.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["so happy", "sad"]


def test_a_file_longer_than_a_chunk_names_the_right_line(classify: Invoke) -> None:
    result = classify("--file", "-", input="sad\n" * 1100 + "\n")
    assert result.exit_code == 2
    assert result.stdout.count("\n") == 1024
    assert "line 1101: the text is blank" in result.stderr


def test_a_file_that_is_not_utf8(classify: Invoke) -> None:
    result = classify("--file", "-", input=b"caf\xe9\n")
    assert result.exit_code == 2
    assert "is not UTF-8" in result.stderr


@pytest.mark.parametrize("text", ["", "  ", "\ud83d"])
def test_bad_text(classify: Invoke, text: str) -> None:
    result = classify("so happy", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "text 1 " in result.stderr


@pytest.mark.parametrize("arguments", [[], ["so happy", "--file", "-"], ["--file", "nowhere.txt"], ["--engine", "x"]])
def test_wrong_arguments(classify: Invoke, arguments: list[str]) -> None:
    result = classify(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_missing_bundle() -> None:
    result = CliRunner().invoke(main, ["classify", "--model", "nowhere", "so happy"])
    assert result.exit_code == 1
    assert "nowhere: there is no such folder" in result.stderr


def test_models_verify(tiny_bundle: Path) -> None:
    result = CliRunner().invoke(main, ["models", "verify", str(tiny_bundle)])
    assert result.exit_code == 0
    assert "is whole and answers emotion" in result.output


def test_models_verify_names_the_altered_file(tiny_bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    (copy / "model.int8.onnx").write_bytes(b"")
    result = CliRunner().invoke(main, ["models", "verify", str(copy)])
    assert result.exit_code == 1
    assert "model.int8.onnx: has 0 bytes instead of" in result.stderr


def test_models_show(tiny_bundle: Path) -> None:
    result = CliRunner().invoke(main, ["models", "show", str(tiny_bundle)])
    assert json.loads(result.output) == json.loads((tiny_bundle / "bundle.json").read_text())


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("emoji-api")


def test_a_file_that_cannot_be_written_is_a_message(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/emoji_api.db")
    result = CliRunner().invoke(main, ["feedback", "export", "--out", str(tmp_path / "missing" / "x.jsonl")])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.stderr.startswith("Error: [Errno 2] No such file or directory:")


def test_a_store_that_cannot_be_written_is_a_message(tiny_bundle: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "file" / "store"))
    result = CliRunner().invoke(main, ["models", "add", str(tiny_bundle)])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "Not a directory" in result.stderr


def test_a_reader_that_has_enough_is_no_error() -> None:
    command = [sys.executable, "-c", "from emoji_api.cli.main import main; main()", "models", "show"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
