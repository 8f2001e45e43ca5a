"""Completion in real shells: bash with the documented script, zsh and fish where they are installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.watch import store
from tests.server import ROOT

SECONDS = 60
BASH = """
set -eu
{source}
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
COMPREPLY=()
compopt() {{ echo "completed by bash: ${{@: -1}}"; }}
function_name=$(complete -p emoji-api | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
$function_name emoji-api
printf '%s\\n' "${{COMPREPLY[@]:-}}"
"""


@pytest.fixture
def shell_environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has `emoji-api` of this checkout, and whose database watches three companies."""
    program = tmp_path / "bin" / "emoji-api"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m emoji_api "$@"\n')
    program.chmod(0o755)
    url = f"sqlite:///{tmp_path}/file.db"
    with Database(url).session() as session:
        for name in ("Nimbus", "Nimbus-2", "Nim $(touch owned)"):
            store.add_company(session, name, "nimbus", "file", {"path": "posts.jsonl"})
    return os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "EMOJI_API_DATABASE_URL": url,
        "EMOJI_API_MODEL_STORE": str(tmp_path / "models"),
    }


def run(shell: str, script: str, environment: dict[str, str], folder: Path) -> list[str]:
    done = subprocess.run(
        [shell, *(["--norc"] if shell == "bash" else []), "-c", script],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["cl"], ["classify"]),
        (["watch", "re"], ["reclassify", "remove", "report"]),
        (["classify", "--exp"], ["--explain"]),
        (["classify", "--engine", ""], ["onnx", "tensorflow"]),
        (["classify", "--task", "finance"], ["finance_stance", "finance_topic"]),
        (["watch", "report", "N"], ["Nimbus", "Nimbus-2"]),
        (["classify", "--file", ""], ["completed by bash: default"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bash_offers_the_candidates(
    line: list[str], expected: list[str], shell_environment: dict[str, str], tmp_path: Path
) -> None:
    words = " ".join(f"'{word}'" for word in ["emoji-api", *line])
    script = BASH.format(source='eval "$(_EMOJI_API_COMPLETE=bash_source emoji-api)"', words=words)
    assert sorted(run("bash", script, shell_environment, tmp_path)) == sorted(expected)


def test_all_commands_are_offered(shell_environment: dict[str, str], tmp_path: Path) -> None:
    script = BASH.format(source='eval "$(_EMOJI_API_COMPLETE=bash_source emoji-api)"', words="emoji-api ''")
    assert set(run("bash", script, shell_environment, tmp_path)) == set(main.commands)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script(shell: str, shell_environment: dict[str, str], tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    source = f"env _EMOJI_API_COMPLETE={shell}_source emoji-api"
    check = f"{source} | source; complete -C 'emoji-api watch repo'" if shell == "fish" else f"{source} | zsh -n"
    offered = run(shell, check, shell_environment, tmp_path)
    assert shell == "zsh" or offered[0].split()[0] == "report"


@pytest.mark.parametrize("url", ["sqlite:///none/file.db", "mysql://nowhere"])
def test_database_that_cannot_be_used_has_no_candidates(
    url: str, shell_environment: dict[str, str], tmp_path: Path
) -> None:
    environment = shell_environment | {"EMOJI_API_DATABASE_URL": url}
    script = BASH.format(
        source='eval "$(_EMOJI_API_COMPLETE=bash_source emoji-api)"', words="emoji-api watch report ''"
    )
    assert run("bash", script, environment, tmp_path) == []
    assert not (tmp_path / "none").exists()
