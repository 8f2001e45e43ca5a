"""Server time of each page of company watch on SQLite: 5 companies, 365 days, 50 posts a day.

python -m benchmarks.dashboard [--companies 5] [--days 365] [--posts 50] [--requests 30] [--database FILE]
"""

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click
import numpy as np
from flask.testing import FlaskClient
from sqlalchemy import insert

from emoji_api import Classifier, load_classifier
from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost
from emoji_api.inference.answers import answer_to_json
from emoji_api.watch.rollup import roll_up
from emoji_api.watch.sources.file import FileSource
from emoji_api.watch.store import add_company

SAMPLE = Path(__file__).parents[1] / "emoji_api" / "watch" / "sample.jsonl"
LAST_DAY = date(2026, 10, 31)
PAGES = {
    "companies": "/companies",
    "7 days": "/companies/{name}?days=7",
    "30 days": "/companies/{name}?days=30",
    "90 days": "/companies/{name}?days=90",
    "365 days": "/companies/{name}?days=365",
    "365 days, sentiment and emotion": "/companies/{name}?days=365&sentiment=negative&emotion=fear",
    "365 days, text that no post has": "/companies/{name}?days=365&q=zeppelin",
    "365 days, language": "/companies/{name}?days=365&language=de",
}
"""The addresses that are measured."""


def sample_posts(classifier: Classifier) -> list[dict[str, Any]]:
    """Return text, language and answers of the posts of the sample file."""
    source = FileSource(path=str(SAMPLE))
    posts = [post for page in source.search("nimbus", since=None, until=None, cursor=None) for post in page.posts]
    answers = classifier.analyse([post.text for post in posts])
    return [
        {
            "text": post.text,
            "language": post.language or "en",
            "answers": {task: answer_to_json(answer, with_scores=True) for task, answer in by_task.items()},
        }
        for post, by_task in zip(posts, answers, strict=True)
    ]


def fill(database: Database, classifier: Classifier, companies: int, days: int, posts: int) -> None:
    """Store `companies` with `days` of about `posts` posts each, drawn from the sample, and their statistics."""
    sample, rng = sample_posts(classifier), np.random.default_rng(0)
    version = classifier.bundle.version
    dates = [LAST_DAY - timedelta(days=days - 1 - number) for number in range(days)]
    for number in range(companies):
        with database.session() as session:
            company = add_company(session, f"company-{number}", "nimbus", "file", {"path": str(SAMPLE)})
            for day in dates:
                rows = []
                for post in range(rng.poisson(posts)):
                    chosen = sample[rng.integers(len(sample))]
                    answered = chosen["language"] == "en"
                    rows.append(
                        {
                            **chosen,
                            "answers": chosen["answers"] if answered else None,
                            "model_version": version if answered else None,
                            "company_id": company.id,
                            "source": "file",
                            "post_id": f"{day}-{post}",
                            "time": datetime(day.year, day.month, day.day, tzinfo=UTC)
                            + timedelta(seconds=int(rng.integers(86_400))),
                            "link": f"https://posts.example/{number}/{day}/{post}",
                        }
                    )
                session.execute(insert(WatchedPost), rows)
            company.collected_at = datetime.now(UTC)
        with database.session() as session:
            roll_up(session, session.merge(company), dates, classifier.bundle)
        click.echo(f"{company.name}: {days} days", err=True)


def measure_milliseconds(client: FlaskClient, addresses: Sequence[str]) -> tuple[list[float], list[float]]:
    """Return the elapsed and the processor time of a request for each of the pages at `addresses`.

    Raise ClickException if a request fails.
    """
    elapsed, processor = [], []
    for address in addresses:
        started, started_processor = time.perf_counter(), time.process_time()
        response = client.get(address, headers={"Accept": "text/html"})
        elapsed.append(1000 * (time.perf_counter() - started))
        processor.append(1000 * (time.process_time() - started_processor))
        if response.status_code != 200:
            raise click.ClickException(f"{address}: {response.status}")
    return elapsed, processor


@click.command()
@click.option("--companies", default=5, show_default=True, help="Number of companies.")
@click.option("--days", default=365, show_default=True, help="Number of days.")
@click.option("--posts", default=50, show_default=True, help="Mean number of posts per company and day.")
@click.option("--requests", default=30, show_default=True, help="Number of requests per page.")
@click.option("--database", "file", type=click.Path(path_type=Path), help="SQLite file to keep, filled if it is new.")
def main(companies: int, days: int, posts: int, requests: int, file: Path | None) -> None:
    """Print the server time of each page in milliseconds: median and 95th percentile, and the median on the processor.

    The last one differs from the first on a busy machine.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = file or Path(folder, "dashboard.db")
        is_new = not path.exists()
        url = f"sqlite:///{path.resolve()}"
        if is_new:
            fill(Database(url), load_classifier(batch_size=8), companies, days, posts)
        client = create_app({"DATABASE_URL": url}).test_client()
        print(f"{'page':34} {'median':>8} {'p95':>8} {'cpu':>8}   ms")
        for page, address in PAGES.items():
            addresses = [address.format(name=f"company-{number % companies}") for number in range(requests)]
            measure_milliseconds(client, addresses[:2])  # templates are compiled, the database is opened
            elapsed, processor = measure_milliseconds(client, addresses)
            print(f"{page:34} {median(elapsed):8.1f} {quantiles(elapsed, n=20)[-1]:8.1f} {median(processor):8.1f}")


if __name__ == "__main__":
    main()
