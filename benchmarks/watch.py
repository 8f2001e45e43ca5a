"""Rate of `emoji-api watch collect` on a file of posts, compared with the classifier alone, and its peak memory.

python -m benchmarks.watch [--posts 10000] [--rounds 2] [--texts FILE]
"""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from benchmarks.http_latency import ROOT, TWEETS
from emoji_api import Classifier, load_classifier
from emoji_api.cli.watch import BATCH_SIZE
from emoji_api.database.extension import Database
from emoji_api.watch.collect import collect
from emoji_api.watch.store import CHUNK, add_company

DAYS = 28
"""Days over which the posts of a file are spread."""


def read_texts(path: str | None, number: int) -> list[str]:
    """Return `number` texts of a file with one text per line, by default realistic tweets, repeated if necessary."""
    if path:
        texts = Path(path).read_text(encoding="utf-8").splitlines()
    else:
        with TWEETS.open(encoding="utf-8", newline="") as file:
            texts = [row["text"] for row in csv.DictReader(file, delimiter="\t")]
    return list(islice(cycle(text for text in texts if text.strip()), number))


def write_posts(path: Path, texts: list[str]) -> Path:
    """Write the texts as posts without a language, and return `path`."""
    posts = (
        {"id": number, "time": f"2026-10-{1 + number * DAYS // len(texts):02}T12:00:00Z", "text": text}
        for number, text in enumerate(texts)
    )
    path.write_text("".join(json.dumps(post) + "\n" for post in posts), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Cost:
    """Time of a number of texts, in seconds: elapsed, and of the CPU, which other processes hardly change."""

    texts: int
    elapsed: float
    cpu: float

    @property
    def rate(self) -> float:
        """Texts per second."""
        return self.texts / self.elapsed

    @property
    def cpu_rate(self) -> float:
        """Texts per second of CPU time."""
        return self.texts / self.cpu


def measure(function: Callable[[], int]) -> Cost:
    """Return the cost of a function that returns its number of texts."""
    elapsed, cpu = time.perf_counter(), time.process_time()
    texts = function()
    return Cost(texts, time.perf_counter() - elapsed, time.process_time() - cpu)


def classify(classifier: Classifier, texts: list[str]) -> int:
    """Classify the texts for all tasks in the batches of a collection, and return their number."""
    for start in range(0, len(texts), CHUNK):
        classifier.analyse(texts[start : start + CHUNK])
    return len(texts)


def watch(texts: list[str], folder: Path, name: str) -> Database:
    """Return a new database with a company whose posts are these texts."""
    database = Database(f"sqlite:///{folder}/{name}.db")
    posts = write_posts(folder / f"{name}.jsonl", texts)
    with database.session() as session:
        add_company(session, name, "*", "file", {"path": str(posts)})
    return database


def run_command(texts: list[str], folder: Path) -> tuple[float, float]:
    """Collect the texts with the command. Return its seconds with the start, and its peak memory in MB."""
    posts = write_posts(folder / "posts.jsonl", texts)
    environment = os.environ | {"EMOJI_API_DATABASE_URL": f"sqlite:///{folder}/command.db"}
    command = [sys.executable, "-m", "emoji_api", "watch"]
    options = ["--query", "*", "--source", "file", "--option", f"path={posts}"]
    subprocess.run([*command, "add", "acme", *options], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    started = time.perf_counter()
    process = subprocess.Popen([*command, "collect", "acme"], cwd=ROOT, env=environment, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise click.ClickException("the collection failed")
    return time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e6


@click.command()
@click.option("--posts", default=10_000, show_default=True, help="Number of posts.")
@click.option("--rounds", default=2, show_default=True, help="Number of parts that are measured in turns.")
@click.option("--texts", type=click.Path(exists=True), help="File with one text per line. [default: realistic tweets]")
def main(posts: int, rounds: int, texts: str | None) -> None:
    """Print both rates, their ratio, and the peak memory of the command."""
    all_texts = read_texts(texts, posts)
    classifier = load_classifier(batch_size=BATCH_SIZE)
    size = posts // rounds
    bare, collected = [], []
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        collect(watch(all_texts[:DAYS], folder, "warm-up"), "warm-up", classifier)
        for number in range(rounds):
            part = all_texts[number * size : (number + 1) * size]
            company = f"part {number}"
            database = watch(part, folder, company)
            bare.append(measure(lambda part=part: classify(classifier, part)))
            collected.append(
                measure(lambda database=database, name=company: collect(database, name, classifier).classified)
            )
            print_costs(f"round {number + 1}", bare[-1:], collected[-1:])
        print_costs(f"medians of {rounds} rounds of {size} posts", bare, collected)
        seconds, memory = run_command(all_texts, folder)
        click.echo(f"watch collect, {posts} posts: {posts / seconds:.0f}/s with its start, peak memory {memory:.0f} MB")


def print_costs(title: str, bare: list[Cost], collected: list[Cost]) -> None:
    """Print the median rates of the classifier alone and of the collection, and their ratio."""
    for kind in ("rate", "cpu_rate"):
        rates = [median(getattr(cost, kind) for cost in costs) for costs in (bare, collected)]
        unit = "s" if kind == "rate" else "CPU second"
        click.echo(
            f"{title}: classifier alone {rates[0]:.0f}/{unit}, collection {rates[1]:.0f}/{unit}, "
            f"ratio {rates[1] / rates[0]:.2f}"
        )


if __name__ == "__main__":
    main()
