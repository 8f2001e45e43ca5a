"""`emoji-api classify`: input from arguments, files and pipes; text and JSON output; exit codes."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emoji_api import Phrase, load_classifier
from emoji_api.cli.lines import CHUNK
from emoji_api.cli.main import main
from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import EMOTION, TASKS
from tests.cli.conftest import Run
from tests.server import ROOT

Invoke = Callable[..., Result]


@pytest.fixture
def classify(tiny_bundle: Path) -> Invoke:
    """Return a function that invokes `emoji-api classify` with the tiny bundle."""

    def invoke(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["classify", "--model", str(tiny_bundle), *arguments], input=input)

    return invoke


def test_one_line_is_printed_per_text(classify: Invoke, tiny_bundle: Path) -> None:
    answer = load_classifier(tiny_bundle).classify(["so happy", "sad"])[0]
    result = classify("so happy", "sad")
    assert result.exit_code == 0
    confidence = shown_probability(answer.confidence)
    assert result.output.splitlines()[0] == f"{answer.emoji} {answer.label} {confidence:.4f}  so happy"
    assert len(result.output.splitlines()) == 2


def test_scores_option_prints_all_labels(classify: Invoke) -> None:
    output = classify("--scores", "so happy").output
    assert all(label in output for label in EMOTION.labels)


def test_json_has_text_answers_and_model_version(classify: Invoke) -> None:
    document = json.loads(classify("--json", "so happy 😂").output)
    assert document["text"] == "so happy 😂"
    assert document.keys() == {"text", "answers", "truncated", "model_version"}
    assert document["answers"].keys() == {"emotion"}
    assert document["answers"]["emotion"].keys() == {"label", "emoji", "confidence"}


def test_json_has_scores_on_request(classify: Invoke) -> None:
    document = json.loads(classify("--json", "--scores", "so happy").output)
    assert tuple(document["answers"]["emotion"]["scores"]) == EMOTION.labels


@pytest.mark.parametrize("task", TASKS)
def test_answer_of_each_task_is_printed(classify: Invoke, tiny_bundle: Path, task: str) -> None:
    (answer,) = load_classifier(tiny_bundle).analyse("so happy today", task)[0].values()
    expected = [answer.sentiment, f'"{answer.text}"'] if isinstance(answer, Phrase) else [answer.label]
    output = classify("--task", task, "so happy today").output
    assert output.endswith(f"{' '.join(expected)} {shown_probability(answer.confidence):.4f}  so happy today\n")


def test_several_tasks_are_named(classify: Invoke) -> None:
    output = classify("--task", "hate", "--task", "emotion", "so happy").output
    assert re.fullmatch(r"hate: (not-)?hate [01]\.\d{4}; emotion: 😂 joy [01]\.\d{4}  so happy\n", output)


def test_json_has_the_answers_of_several_tasks(classify: Invoke) -> None:
    output = classify("--json", "--task", "phrase", "--task", "offensive", "--file", "-", input=" so happy\n").output
    answers = json.loads(output)["answers"]
    assert list(answers) == ["phrase", "offensive"]
    assert answers["phrase"]["text"] == " so happy"[answers["phrase"]["start"] : answers["phrase"]["end"]]
    assert answers["offensive"]["threshold"] is not None


def test_unknown_task_is_an_error(classify: Invoke) -> None:
    result = classify("--task", "weather", "so happy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no task 'weather'; it has emojis, emotion" in result.stderr


def test_truncated_text_is_marked(classify: Invoke) -> None:
    assert classify("so happy " * 500).output.endswith(" (truncated)\n")


@pytest.mark.parametrize("content", ["so happy\nsad\n", "so happy\r\nsad", "\ufeffso happy\nsad\n"])
def test_texts_are_read_from_a_file(classify: Invoke, tmp_path: Path, content: str) -> None:
    (tmp_path / "tweets.txt").write_bytes(content.encode())
    lines = classify("--json", "--file", str(tmp_path / "tweets.txt")).output.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["so happy", "sad"]


@pytest.mark.parametrize("arguments", [[], ["--file", "-"]])
def test_texts_are_read_from_standard_input(tiny_bundle: Path, run_process: Run, arguments: list[str]) -> None:
    result = run_process("classify", "--model", str(tiny_bundle), "--json", *arguments, stdin="so happy 😂\nsad\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["so happy 😂", "sad"]


def test_standard_input_is_ignored_if_texts_are_given(tiny_bundle: Path, run_process: Run) -> None:
    result = run_process("classify", "--model", str(tiny_bundle), "so happy", stdin="sad\nsad\n")
    assert (result.returncode, result.stdout.count("\n")) == (0, 1)


def test_empty_standard_input_has_no_answers(tiny_bundle: Path, run_process: Run) -> None:
    result = run_process("classify", "--model", str(tiny_bundle))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_terminal_without_texts_is_a_usage_error() -> None:
    terminal, standard_input = pty.openpty()
    try:
        command = [sys.executable, "-m", "emoji_api", "classify"]
        result = subprocess.run(command, cwd=ROOT, stdin=standard_input, capture_output=True, text=True, timeout=120)
    finally:
        os.close(terminal)
        os.close(standard_input)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: emoji-api classify")
    assert "give texts or --file" in result.stderr


def test_unanswerable_lines_are_reported_and_the_others_answered(tiny_bundle: Path, run_process: Run) -> None:
    texts = [f"so happy {number}" for number in range(1, CHUNK + 77)]
    texts[16] = "  "
    texts[CHUNK + 5] = ""
    result = run_process("classify", "--model", str(tiny_bundle), stdin="\n".join(texts) + "\n")
    assert result.returncode == 1
    assert result.stderr.splitlines() == ["line 17: the text is blank", f"line {CHUNK + 6}: the text is blank"]
    answered = [line.split("  ")[1] for line in result.stdout.splitlines()]
    assert answered == [text for text in texts if text.strip()]


def test_json_has_a_line_for_an_unanswerable_text(tiny_bundle: Path, run_process: Run) -> None:
    result = run_process("classify", "--model", str(tiny_bundle), "--json", stdin="so happy\n \nsad\n")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, result.stderr) == (1, "line 2: the text is blank\n")
    assert [row["text"] for row in rows] == ["so happy", " ", "sad"]
    assert ["answers" in row for row in rows] == [True, False, True]
    assert rows[1] == {"text": " ", "error": "the text is blank"}


def test_text_without_a_readable_character_is_reported(classify: Invoke) -> None:
    result = classify("--file", "-", input="so happy\n\x00\x01\n")
    assert (result.exit_code, result.stdout.count("\n")) == (1, 1)
    assert result.stderr == "line 2: the text has no readable character\n"


@pytest.mark.parametrize("arguments", [[], ["--file", "-"]])
def test_input_that_is_not_utf8_ends_the_run_and_names_the_line(
    tiny_bundle: Path, run_process: Run, arguments: list[str]
) -> None:
    stdin = b"so happy\n\nsad\n" + b"caf\xe9\nsad\n"
    result = run_process("classify", "--model", str(tiny_bundle), *arguments, stdin=stdin)
    assert result.returncode == 2
    assert result.stdout.count("\n") == 2
    assert "line 2: the text is blank\n" in result.stderr
    assert "line 4 is not UTF-8" in result.stderr


@pytest.mark.parametrize(
    ("text", "reason"), [("", "is blank"), ("  ", "is blank"), ("\ud83d", "has a lone surrogate at character 0")]
)
def test_unanswerable_argument_is_named_by_its_number(classify: Invoke, text: str, reason: str) -> None:
    result = classify("so happy", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"text 2 {reason}" in result.stderr


@pytest.mark.parametrize("arguments", [["so happy", "--file", "-"], ["--file", "nowhere.txt"], ["--engine", "x"]])
def test_wrong_arguments_are_usage_errors(classify: Invoke, arguments: list[str]) -> None:
    result = classify(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_missing_bundle_is_an_error() -> None:
    result = CliRunner().invoke(main, ["classify", "--model", "nowhere", "so happy"])
    assert result.exit_code == 1
    assert "nowhere: there is no such folder" in result.stderr


def test_neutral_prints_tweets_without_an_emotion() -> None:
    result = CliRunner().invoke(main, ["classify", "--neutral", "The meeting is at 3pm.", "so happy today!!"])
    assert result.exit_code == 0
    first, second = result.output.splitlines()
    assert first.startswith("😐 none ") and second.startswith("😂 joy ")


def test_neutral_needs_a_model_that_can_tell(classify: Invoke) -> None:
    result = classify("--neutral", "so happy")
    assert result.exit_code == 1
    assert "cannot tell tweets without an emotion" in result.output


def test_explain_prints_the_contribution_of_each_word(classify: Invoke) -> None:
    words = json.loads(classify("--json", "--explain", "so happy 😂").output)["answers"]["emotion"]["words"]
    assert [(word["text"], word["start"], word["end"]) for word in words] == [
        ("so", 0, 2),
        ("happy", 3, 8),
        ("😂", 9, 10),
    ]
    assert re.search(r"\[so [+-]\d\.\d\d happy [+-]\d\.\d\d\]", classify("--explain", "so happy").output)
