"""Start time of gunicorn until it is ready, and resident memory of its worker after a number of requests.

python -m benchmarks.worker [--rounds 5]
"""

import os
import subprocess
import sys
import time
from contextlib import suppress
from statistics import median

import click
import httpx
import psutil

from benchmarks.http_latency import ROOT, free_port

START_SECONDS = 60


def measure_start(requests: int) -> tuple[float, float]:
    """Start gunicorn with one worker, and stop it again.

    Return the seconds from the start of the process until it is ready, and the worker's resident memory in MiB after
    `requests` requests. Raise ClickException if it is not ready within `START_SECONDS`.
    """
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:emoji_api.gunicorn_conf", "--workers", "1"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        while time.perf_counter() - started < START_SECONDS:
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/health/ready").status_code == 200:
                    break
            time.sleep(0.01)
        else:
            raise click.ClickException(f"gunicorn is not ready after {START_SECONDS} seconds")
        start_seconds = time.perf_counter() - started
        with httpx.Client() as client:
            for number in range(requests):
                client.get(f"{url}/tweets", params={"text": f"so happy about this {'very ' * (number % 60)}good day"})
        (worker,) = psutil.Process(process.pid).children()
        return start_seconds, worker.memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait(30)


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Number of starts.")
@click.option("--requests", default=300, show_default=True, help="Number of requests before memory is measured.")
def main(rounds: int, requests: int) -> None:
    """Print the medians over several starts."""
    starts = [measure_start(requests) for _ in range(rounds)]
    click.echo(
        f"start of gunicorn until ready: median {median(seconds for seconds, _ in starts):.2f} s of {rounds} starts"
    )
    click.echo(f"memory of the worker after {requests} requests: {median(memory for _, memory in starts):.0f} MiB")


if __name__ == "__main__":
    main()
