"""Latency of `GET /tweets` with one client: this service and a TensorFlow baseline, in alternating rounds.

python -m benchmarks.http_latency [--rounds 10] [--requests 30]
"""

import csv
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import click
import httpx

ROOT = Path(__file__).parents[1]
TWEETS = ROOT / "tests" / "behaviour" / "emotion" / "realistic_tweets.tsv"
START_SECONDS = 120


def free_port() -> int:
    """Return a TCP port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def run_server(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """Run a server process. The block starts after its first answer; the process is stopped after the block.

    Raise ClickException if it does not answer within `START_SECONDS`.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/tweets", params={"text": "hello"}).status_code == 200:
                    break
            time.sleep(0.1)
        else:
            raise click.ClickException(f"no answer within {START_SECONDS} seconds: {' '.join(command)}")
        yield
    finally:
        process.terminate()
        process.wait(30)


def measure_latencies(connection: HTTPConnection, texts: list[str]) -> list[float]:
    """Return the latency of one request per text, in milliseconds. Raise ClickException if a request fails.

    The client is the standard library's: httpx would take a third of the time.
    """
    latencies = []
    for text in texts:
        started = time.perf_counter()
        connection.request("GET", "/tweets?" + urlencode({"text": text}))
        response = connection.getresponse()
        body = response.read()
        latencies.append(1000 * (time.perf_counter() - started))
        if response.status != 200:
            raise click.ClickException(f"{response.status}: {body.decode()}")
    return latencies


@click.command()
@click.option("--rounds", default=10, show_default=True, help="Number of rounds.")
@click.option("--requests", default=30, show_default=True, help="Number of requests per round and service.")
def main(rounds: int, requests: int) -> None:
    """Measure both services in turns, and print medians, 95th percentiles and the ratio of the medians."""
    with TWEETS.open(encoding="utf-8", newline="") as file:
        texts = cycle([row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)])
    ports = free_port(), free_port()
    service_latencies: list[float] = []
    baseline_latencies: list[float] = []
    with ExitStack() as stack:
        service = [sys.executable, "-m", "gunicorn", "-c", "python:emoji_api.gunicorn_conf"]
        stack.enter_context(run_server(service, ports[0], PORT=str(ports[0])))
        baseline = [sys.executable, "-m", "benchmarks.baseline_service", str(ports[1])]
        stack.enter_context(run_server(baseline, ports[1]))
        # closed before the servers are stopped: gunicorn waits for open connections
        connections = [stack.enter_context(closing(HTTPConnection("127.0.0.1", port))) for port in ports]
        for _ in range(rounds):
            sample = list(islice(texts, requests))
            service_latencies += measure_latencies(connections[0], sample)
            baseline_latencies += measure_latencies(connections[1], sample)
    for name, latencies in (
        ("this service, gunicorn", service_latencies),
        ("TFDistilBert.predict in a Flask view", baseline_latencies),
    ):
        percentile = quantiles(latencies, n=20)[-1]
        click.echo(f"{name}: median {median(latencies):.1f} ms, 95th percentile {percentile:.1f} ms")
    click.echo(f"ratio of the medians: {median(baseline_latencies) / median(service_latencies):.1f}")


if __name__ == "__main__":
    main()
