"""The code to copy asks the same question, whatever the text, and nothing else."""

import ast
import json
import os
import subprocess
import sys

import httpx
import pytest

from emoji_api.pages.snippets import UNSAFE, shell_quote, snippets
from tests.server import ROOT, serve

URL = "http://localhost:5000/tweets/analysis"
TEXTS = [
    "plain words",
    'it\'s "quoted" \\ $HOME `id` $(id) !! %d',
    "'; touch /tmp/injected; echo '",
    "two\nlines\tand a tab",
    "-rf",
    "--neutral",
    "@file",
    "👩‍👩‍👧 café ümlaut",
    "مرحبا",
    "ends with a backslash\\",
    "interrupt \x03 escape \x1b[2J bell \x07 delete \x7f",
    "\u202eright to left\u202c",
    "'''\"\"\"",
]


def code(text: str, **options) -> dict[str, str]:
    arguments = {"url": URL, "tasks": None, "neutral": True, "explain": False, "all_tasks": ["emotion", "<own> task"]}
    return {snippet.title: snippet.code for snippet in snippets(text, **(arguments | options))}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("server") / "log", EMOJI_API_WORKERS="1") as server:
        yield server


def run(script: str, *command: str) -> str:
    """Run `script` in Bash, or with another command, in an environment with this package."""
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    command = command or ("bash", "-c")
    completed = subprocess.run([*command, script], env=environment, capture_output=True, text=True, check=True)
    return completed.stdout


def test_shell_reads_each_text_as_one_argument():
    script = "\n".join(f"printf '%s\\0' {shell_quote(text)}" for text in TEXTS)
    assert run(script).split("\0")[:-1] == TEXTS


@pytest.mark.parametrize("text", [*TEXTS, "nul \0", "\x9b"])
def test_code_has_no_character_that_a_terminal_runs(text):
    for lines in code(text, tasks=["emotion"]).values():
        assert not UNSAFE.search(lines.replace("\n", ""))
    assert ast.literal_eval(code(text)["Python"].splitlines()[2].removeprefix("text = ")) == text


def test_text_that_looks_like_an_option_is_none():
    assert code("-rf")["Command line"].endswith(" -- -rf")


def test_a_nul_character_cannot_be_an_argument():
    assert list(code("a\0")) == ["curl", "Python"]


def test_each_language_gives_the_answers_of_the_service(server):
    text = "--explain '; it's \"a\" $(test) \\ `day`\n\x03 -- 👩‍👩‍👧"
    url = f"{server.url}/tweets/analysis"
    expected = httpx.post(url, json={"text": text, "neutral": True}).json()["answers"]
    found = code(text, url=url, all_tasks=list(expected), explain=True)

    answers = json.loads(run(found["curl"]))["answers"]
    assert {task: answer["confidence"] for task, answer in answers.items()} == {
        task: answer["confidence"] for task, answer in expected.items()
    }
    assert all("words" in answer for task, answer in answers.items() if task != "phrase")

    lines = run(found["Python"], sys.executable, "-c")
    assert f"label='{expected['emotion']['label']}'" in lines and "Word(text=" in lines

    line = run(found["Command line"])
    for task, answer in expected.items():
        assert f"{task}: " in line and f"{answer['confidence']:.4f}" in line


def test_address_of_the_service_is_quoted():
    assert code("x", url="http://a;id/tweets")["curl"].startswith("curl 'http://a;id/tweets' --json ")
