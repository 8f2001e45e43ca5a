"""A worker's cold start and memory: from the start of gunicorn to ready, and what its worker holds after answering.

python -m benchmarks.worker [--rounds 5]
"""

import os
import subprocess
import sys
import time
from statistics import median

import click
import httpx
import psutil

from benchmarks.http_latency import ROOT, free_port


def one_start(answers: int) -> tuple[float, float]:
    """Seconds from the start of the process to ready, and the worker's resident MiB after `answers` requests."""
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
        while time.perf_counter() - started < 60:
            try:
                if httpx.get(f"{url}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.01)
        ready = time.perf_counter() - started
        with httpx.Client() as client:
            for number in range(answers):
                client.get(f"{url}/tweets", params={"text": f"so happy about this {'very ' * (number % 60)}good day"})
        (worker,) = psutil.Process(process.pid).children()
        return ready, worker.memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait(30)


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--answers", default=300, show_default=True, help="Requests before the memory is read.")
def main(rounds: int, answers: int) -> None:
    """Print the medians over several starts."""
    measured = [one_start(answers) for _ in range(rounds)]
    click.echo(f"start of gunicorn to ready: median {median(ready for ready, _ in measured):.2f} s of {rounds} starts")
    click.echo(f"memory of the worker after {answers} answers: {median(memory for _, memory in measured):.0f} MiB")


if __name__ == "__main__":
    main()
