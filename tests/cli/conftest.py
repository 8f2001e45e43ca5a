"""Fixtures: the tiny bundle's classifier, sentences of known emotions, and the command line as a real process."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.drift.conftest import classifier, texts_of
from tests.server import ROOT

__all__ = ["classifier", "texts_of"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_process() -> Run:
    """Return a function that runs `python -m emoji_api`, and returns the completed process."""

    def run(*arguments: str, stdin: str | bytes = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        completed = subprocess.run(
            [sys.executable, "-m", "emoji_api", *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
            capture_output=True,
            timeout=120,
        )
        stdout, stderr = completed.stdout.decode("utf-8"), completed.stderr.decode("utf-8")
        return subprocess.CompletedProcess(completed.args, completed.returncode, stdout, stderr)

    return run
