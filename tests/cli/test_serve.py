"""`emoji-api serve`: a real server, asked over HTTP and stopped by signals; options and addresses that are refused."""

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from tests.cli.conftest import Run
from tests.server import ROOT, START_SECONDS, free_port
from tests.waiting import wait_until

COMMAND = [sys.executable, "-m", "emoji_api", "serve"]


@pytest.fixture(autouse=True)
def shipped_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of the settings is the one that ships."""
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "models"))


@contextmanager
def occupied_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def read_until(descriptor: int, text: str) -> str:
    """Return what is written to a terminal until `text` is. Fail after `START_SECONDS`."""
    read, deadline = b"", time.monotonic() + START_SECONDS
    while text.encode() not in read:
        remaining = deadline - time.monotonic()
        assert remaining > 0 and select.select([descriptor], [], [], remaining)[0], read.decode()
        read += os.read(descriptor, 65_536)
    return read.decode()


def test_terminal_shows_the_address_once_the_service_answers() -> None:
    port = free_port()
    terminal, stderr = pty.openpty()
    environment = os.environ | {"EMOJI_API_WORKERS": "2"}
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=stderr
    )
    os.close(stderr)
    try:
        shown = read_until(terminal, "Ctrl-C stops it.")
        answer = httpx.get(f"http://127.0.0.1:{port}/tweets", params={"text": "i feel happy"}, timeout=START_SECONDS)
        assert answer.json()["emotion"] == "joy"
        address = f"http://127.0.0.1:{port}"
        assert f"emoji API answers at {address} (playground), {address}/swagger-ui (HTTP API).\r\n" in shown
        assert len(psutil.Process(process.pid).children()) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(START_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def test_log_has_the_address_and_options_override_the_settings(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    settings = {"PORT": "1", "EMOJI_API_HOST": "192.0.2.1", "EMOJI_API_WORKERS": "7"}
    options = ["--host", "localhost", "--port", str(port), "--workers", "1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, *options], cwd=ROOT, env=os.environ | settings, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: "emoji API answers at" in log.read_text(), START_SECONDS)
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=START_SECONDS).json()["ready"] is True
        assert len(psutil.Process(process.pid).children()) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    messages = [json.loads(line).get("message", "") for line in log.read_text().splitlines()]
    assert sum(message.startswith(f"emoji API answers at http://127.0.0.1:{port}") for message in messages) == 1


@pytest.mark.parametrize(("command", "option"), [("serve", "--port or the variable PORT"), ("playground", "--port")])
def test_port_in_use_is_an_error_with_a_way_out(run_process: Run, command: str, option: str) -> None:
    with occupied_port() as port:
        result = run_process(command, "--port", str(port))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: cannot listen on port {port} of 127.0.0.1: another program listens there; stop it, or choose another "
        f"port with {option}\n"
    )


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "this machine does not have that address; choose another one with --host"),
        ("nowhere.invalid", "'nowhere.invalid' is no address of this machine"),
        ("", "EMOJI_API_HOST: is empty"),
    ],
)
def test_host_that_cannot_be_used_is_an_error(run_process: Run, host: str, reason: str) -> None:
    result = run_process("serve", "--host", host)
    assert result.returncode == 1 and reason in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--port", "0", "0 is not in the range 1<=x<=65535"),
        ("--port", "70000", "70000 is not in the range 1<=x<=65535"),
        ("--port", "http", "'http' is not a valid integer"),
        ("--workers", "0", "0 is not in the range 1<=x<=256"),
    ],
)
def test_option_out_of_range_is_a_usage_error(run_process: Run, option: str, value: str, reason: str) -> None:
    result = run_process("serve", option, value)
    assert result.returncode == 2 and f"Invalid value for '{option}': {reason}" in result.stderr


def test_invalid_setting_is_an_error(run_process: Run) -> None:
    result = run_process("serve", EMOJI_API_WORKERS="many")
    assert (result.returncode, result.stderr) == (1, "Error: EMOJI_API_WORKERS: Not a valid integer\n")


def test_windows_gets_the_alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "execv", lambda *arguments: pytest.fail("gunicorn was started"))
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert "gunicorn does not run on Windows; use the container image or WSL" in result.stderr
