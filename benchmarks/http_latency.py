"""`GET /tweets` under one client: this service beside the usual one, in turns, in one run.

python -m benchmarks.http_latency [--rounds 10] [--requests 30]
"""

import csv
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import click
import httpx

ROOT = Path(__file__).parents[1]
TWEETS = ROOT / "tests" / "behaviour" / "emotion" / "tweets_as_written.tsv"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def server(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """A server process, from its first answer on until the block ends."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/tweets", params={"text": "hello"}).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise click.ClickException(f"{command} did not answer")
        yield
    finally:
        process.terminate()
        process.wait(30)


def timed(connection: HTTPConnection, texts: list[str]) -> list[float]:
    """Milliseconds of each request. The standard library's client: a richer one would take a third of the time."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        connection.request("GET", "/tweets?" + urlencode({"text": text}))
        response = connection.getresponse()
        body = response.read()
        taken.append(1000 * (time.perf_counter() - started))
        if response.status != 200:
            raise click.ClickException(f"{response.status}: {body.decode()}")
    return taken


@click.command()
@click.option("--rounds", default=10, show_default=True)
@click.option("--requests", default=30, show_default=True, help="Requests a round and service.")
def main(rounds: int, requests: int) -> None:
    """Time both services in turns and print medians and their ratio."""
    with TWEETS.open(encoding="utf-8", newline="") as file:
        texts = cycle([row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)])
    ports = free_port(), free_port()
    ours: list[float] = []
    usual: list[float] = []
    with ExitStack() as stack:
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:emoji_api.gunicorn_conf"]
        stack.enter_context(server(gunicorn, ports[0], PORT=str(ports[0])))
        usual_command = [sys.executable, "-m", "benchmarks.usual_service", str(ports[1])]
        stack.enter_context(server(usual_command, ports[1]))
        # closed before the servers are told to end: gunicorn waits for those who may still ask
        connections = [stack.enter_context(closing(HTTPConnection("127.0.0.1", port))) for port in ports]
        for _ in range(rounds):
            sample = list(islice(texts, requests))
            ours += timed(connections[0], sample)
            usual += timed(connections[1], sample)
    for name, taken in (("this service, gunicorn", ours), ("TFDistilBert.predict in a Flask view", usual)):
        click.echo(f"{name}: median {median(taken):.1f} ms, 95 % under {quantiles(taken, n=20)[-1]:.1f} ms")
    click.echo(f"ratio of the medians: {median(usual) / median(ours):.1f}")


if __name__ == "__main__":
    main()
