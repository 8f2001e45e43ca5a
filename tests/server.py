"""The service as in production: gunicorn in a process of its own, and clients that send requests continuously."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
CLIENTS = 3
TEXTS = ["i feel happy", "so sad today", "i am scared of this"] * 5
COMMAND = [sys.executable, "-m", "gunicorn", "--config", "python:emoji_api.gunicorn_conf"]


@dataclass
class Server:
    """A running gunicorn. `log` is the file of its standard output and standard error."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Address without a path."""
        return f"http://127.0.0.1:{self.port}"

    def log_entries(self) -> list[dict[str, Any]]:
        """Return the log. Fail if a line is not JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").split("\n")[:-1]]

    def stop(self) -> int:
        """Send SIGTERM, as a container engine does, and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_SECONDS)


class Clients:
    """Clients that send batches continuously while the `with` block runs.

    `versions` counts the batches by the version that answered them. `failed` lists the errors, including batches with
    answers of two versions or of another version than their header names.
    """

    def __init__(self, url: str):
        self.url = url
        self.failed: list[str] = []
        self.versions: Counter[str] = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(CLIENTS)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with open_client(self.url) as client:
            while not self._stop.wait(0.02):
                try:
                    response = client.post("/tweets/batch", json={"texts": TEXTS})
                    versions = {answer["model"] for answer in response.json()["answers"]}
                    assert response.status_code == 200 and versions == {response.headers["X-Model-Version"]}
                    self.versions.update(versions)
                except Exception as error:
                    self.failed.append(repr(error))


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def open_client(url: str) -> httpx.Client:
    """Return a client that opens a connection per request: the requests are spread over all workers."""
    return httpx.Client(base_url=url, headers={"Connection": "close"}, timeout=START_SECONDS, verify=False)


def served(client: httpx.Client) -> set[str]:
    """Return the versions that at least one worker serves."""
    return set(re.findall(r'emoji_api_model_info\{.*version="([^"]+)"\} 1\.0', client.get("/metrics").text))


def refusals(client: httpx.Client) -> float:
    """Return the number of models that could not be served, over all workers."""
    sample = re.search(r"emoji_api_model_reload_failures_total ([\d.]+)", client.get("/metrics").text)
    assert sample
    return float(sample.group(1))


@contextmanager
def serve(log: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """Run gunicorn while the `with` block runs, which starts when a worker answers.

    `arguments` are added to the command line, `settings` to the environment.
    """
    port = free_port()
    environment = {**os.environ, "PORT": str(port), **settings}
    with log.open("wb") as output:
        command = [*COMMAND, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = Server(process, port, log)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        if process.poll() is None:
            server.stop()


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            httpx.get(f"{server.url}/health/live")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"gunicorn does not answer:\n{server.log.read_text()}")
