"""The Makefile in an environment that is already installed: its help, and the servers that it starts."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server import ROOT, START_SECONDS, free_port
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def outermost_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide a make that runs these tests from the one that they run, which would print its folder and take its flags."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the Makefile and an environment, which runs this Python with the code of this checkout."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "emoji_api/requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".venv" / "serving").touch()
    return tmp_path


def make(folder: Path, *arguments: str) -> str:
    """Return what `make` prints."""
    done = subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def running(folder: Path, target: str, **environment: str) -> Iterator[tuple[int, Path]]:
    """Run a target that serves during the block; yield its port and its output."""
    port, output = free_port(), folder / "output"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(port), **environment}
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["make", target], cwd=folder, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield port, output
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(START_SECONDS)


def answered(port: int) -> bool:
    """Return whether the service on `port` answers a tweet."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/tweets", params={"text": "i feel happy"}, timeout=START_SECONDS)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json()["emotion"] == "joy"


def test_help_lists_every_target(project: Path) -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (project / "Makefile").read_text(), re.MULTILINE)
    assert phony
    lines = make(project, "help").splitlines()
    assert [line.split()[1] for line in lines] and {line.split()[1] for line in lines} == set(phony.group(1).split())
    assert all(re.fullmatch(r"make \S+ +[a-z].+", line) for line in lines)


def test_serving_is_the_default_and_installs_nothing_again(project: Path) -> None:
    assert make(project, "-n") == make(project, "-n", "run")
    assert "pip" not in make(project, "-n")


def test_installation_is_announced_first(project: Path) -> None:
    (project / ".venv" / "serving").unlink()
    commands = make(project, "-n", "run").splitlines()
    assert commands[0] == 'echo "Installing the serving environment into .venv (about a minute, once)"'
    assert commands[-1] == ".venv/bin/python -m emoji_api serve"


def test_run_tells_where_the_service_answers(project: Path) -> None:
    with running(project, "run") as (port, output):
        wait_until(lambda: "emoji API answers at" in output.read_text(), START_SECONDS)
        assert answered(port)
        assert output.read_text().startswith("Starting the service; it says where to open it when it is ready\n")
        assert f"http://127.0.0.1:{port}/swagger-ui" in output.read_text()


def test_dev_reloads_a_changed_static_file(project: Path) -> None:
    script = project / "emoji_api" / "pages" / "static" / "script.js"
    script.parent.mkdir(parents=True)
    script.touch()
    with running(project, "dev") as (port, output):
        wait_until(lambda: answered(port), START_SECONDS)
        script.write_text("// changed")
        wait_until(lambda: output.read_text().count("Debugger is active!") == 2, START_SECONDS)
        wait_until(lambda: answered(port), START_SECONDS)
