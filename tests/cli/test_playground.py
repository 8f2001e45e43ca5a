"""`emoji-api playground`: the page for one person, opened in a browser when the service answers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server import ROOT, START_SECONDS
from tests.waiting import wait_until

BROWSER = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1] + "tweets?text=happy") as answer, open({path!r}, "wb") as file:
    file.write(answer.read())
"""


@pytest.fixture(autouse=True)
def shipped_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of the settings is the one that ships."""
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "models"))


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `playground` during the block, and yield the process and the printed address."""
    command = [sys.executable, "-m", "emoji_api", "playground", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_tweets_are_answered_until_it_is_stopped(stop: signal.Signals) -> None:
    with running("--no-browser") as (process, address):
        assert address.startswith("http://127.0.0.1:") and address.endswith("/")
        answer = httpx.get(f"{address}tweets", params={"text": "i feel happy"}, timeout=START_SECONDS)
        assert answer.json()["emotion"] == "joy"
        process.send_signal(stop)
        assert process.wait(START_SECONDS) == 0
        assert process.stderr and process.stderr.read() == "Ctrl-C stops it.\n"


def test_browser_is_opened_when_the_service_answers(tmp_path: Path) -> None:
    script, opened = tmp_path / "browser.py", tmp_path / "opened"
    script.write_text(BROWSER.format(path=str(opened)))
    with running(BROWSER=f"{sys.executable} {script} %s"):
        wait_until(lambda: opened.exists() and opened.stat().st_size > 0)
    assert json.loads(opened.read_text())["emotion"] == "joy"


def test_without_a_browser_the_address_is_left_to_the_person() -> None:
    with running(BROWSER="/nonexistent-browser", PATH="", DISPLAY="") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert process.stderr
        lines = {process.stderr.readline(), process.stderr.readline()}
        assert "No browser could be opened: open this address yourself.\n" in lines
