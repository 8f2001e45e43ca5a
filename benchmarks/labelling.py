"""Server time of the labelling requests with many posts of one company.

python -m benchmarks.labelling [--posts 100000] [--labels 1000] [--requests 30] [--database URL]
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import click
import numpy as np
from sqlalchemy import insert
from werkzeug.test import TestResponse

from benchmarks.dashboard import sample_posts
from emoji_api import Classifier, load_classifier
from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost
from emoji_api.tasks import SENTIMENT
from emoji_api.watch.store import add_company

COMPANY = "company"
KEY = "the-key-of-the-benchmark"
CHUNK = 2_000
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def fill(database: Database, classifier: Classifier, count: int) -> None:
    """Store a company with `count` classified posts, with texts of the sample file and random confidences."""
    rng = np.random.default_rng(0)
    sample = [post for post in sample_posts(classifier) if post["language"] == "en"]
    with database.session() as session:
        company = add_company(session, COMPANY, "nimbus", "file", {})
        for start in range(0, count, CHUNK):
            rows = []
            for number in range(start, min(start + CHUNK, count)):
                post = sample[rng.integers(len(sample))]
                sentiment = post["answers"][SENTIMENT.name] | {"confidence": float(rng.uniform(0.34, 1))}
                rows.append(
                    {
                        **post,
                        "answers": post["answers"] | {SENTIMENT.name: sentiment},
                        "model_version": classifier.bundle.version,
                        "company_id": company.id,
                        "source": "file",
                        "post_id": str(number),
                        "time": FIRST_DAY + timedelta(minutes=number),
                    }
                )
            session.execute(insert(WatchedPost), rows)


def measure_milliseconds(request: Callable[[], TestResponse], count: int) -> list[float]:
    """Return the elapsed time of `count` requests. Raise ClickException if one fails."""
    elapsed = []
    for _ in range(count):
        started = time.perf_counter()
        response = request()
        elapsed.append(1000 * (time.perf_counter() - started))
        if response.status_code not in (200, 201):
            raise click.ClickException(f"{response.status}: {response.text}")
    return elapsed


@click.command()
@click.option("--posts", default=100_000, show_default=True, help="Number of posts.")
@click.option("--labels", default=1_000, show_default=True, help="Number of posts to label.")
@click.option("--requests", default=30, show_default=True, help="Number of requests of the other kinds.")
@click.option("--database", "url", help="URL of an empty database. [default: an SQLite file that is deleted]")
def main(posts: int, labels: int, requests: int, url: str | None) -> None:
    """Print the server time of each request in milliseconds: median and 95th percentile."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/labelling.db"
        fill(Database(url), load_classifier(batch_size=8), posts)
        client = create_app({"DATABASE_URL": url, "ADMIN_KEYS": KEY, "LOG_LEVEL": "warning"}).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
        address = f"/companies/{COMPANY}"
        queue: list[int] = []

        def ask() -> TestResponse:
            return client.get(f"{address}/queue?limit=20")

        def label() -> TestResponse:
            body = {"post": queue.pop(), "label": str(rng.choice(SENTIMENT.labels))}
            return client.post(f"{address}/labels", json=body)

        print(f"{'request':34} {'median':>8} {'p95':>8}   ms")
        measure_milliseconds(ask, 1)  # the database is opened
        show("queue", measure_milliseconds(ask, requests))
        elapsed: list[float] = []
        while len(elapsed) < labels:
            queue += [post["id"] for post in client.get(f"{address}/queue?limit=100").get_json()["posts"]]
            elapsed += measure_milliseconds(label, len(queue))
        show("label", elapsed)
        show(f"queue after {len(elapsed)} labels", measure_milliseconds(ask, requests))
        accuracy = measure_milliseconds(lambda: client.get(f"{address}/accuracy"), requests)
        show(f"accuracy of {len(elapsed)} labels", accuracy)


def show(name: str, elapsed: list[float]) -> None:
    """Print a line of the table."""
    print(f"{name:34} {median(elapsed):8.1f} {quantiles(elapsed, n=20)[-1]:8.1f}")


if __name__ == "__main__":
    main()
