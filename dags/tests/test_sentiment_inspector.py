"""Daily collection: the day of the run, repeated and backfilled, with a source that limits its rate."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from time import time
from typing import Any

import pytest
from mlflow import MlflowClient
from sqlalchemy import select
from werkzeug import Request, Response

from emoji_api.database.extension import Database
from emoji_api.database.tables import CompanyDay, WatchedPost
from emoji_api.watch import store
from emoji_api.watch.sources import retries

SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")
DAY = datetime(2026, 10, 20, tzinfo=UTC)
Watch = Callable[..., None]


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory) -> MlflowClient:
    """A client of an MLflow database."""
    return MlflowClient(f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db")


@pytest.fixture
def database(tmp_path, mlflow, monkeypatch) -> Database:
    """The database of the companies, to which the variable `emoji_api_environment` leads."""
    url = f"sqlite:///{tmp_path}/emoji_api.db"
    environment = {
        "EMOJI_API_DATABASE_URL": url,
        "EMOJI_API_MODEL_STORE": str(tmp_path / "models"),
        "MLFLOW_TRACKING_URI": mlflow.tracking_uri,
    }
    monkeypatch.setenv("AIRFLOW_VAR_EMOJI_API_ENVIRONMENT", json.dumps(environment))
    return Database(url)


@pytest.fixture
def watch(database) -> Watch:
    """Return a function that watches a company."""

    def add(name: str, source: str, **options: str) -> None:
        with database.session() as session:
            store.add_company(session, name, "nimbus", source, options)

    return add


def posts(database: Database) -> list[tuple[str, str, datetime, str]]:
    """Return company, id, time and model version of all posts."""
    columns = (WatchedPost.company_id, WatchedPost.post_id, WatchedPost.time, WatchedPost.model_version)
    with database.session() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(WatchedPost.time, WatchedPost.post_id))]


def days(database: Database) -> dict[str, int]:
    """Return the number of posts of each day with statistics."""
    with database.session() as session:
        rows = session.execute(select(CompanyDay.date, CompanyDay.statistics).order_by(CompanyDay.date))
        return {row.date.isoformat(): row.statistics["posts"] for row in rows}


def ids_of_sample(first: datetime, last: datetime) -> set[str]:
    """Return the ids of the sample's posts that were published in [`first`, `last`)."""
    rows = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    return {str(row["id"]) for row in rows if first <= datetime.fromisoformat(row["time"]) < last}


def feed(entries: Iterable[tuple[str, datetime]]) -> str:
    """Return an RSS feed with entries of these ids and times."""
    items = (
        f"<item><guid>{id}</guid><title>nimbus coffee makes me happy</title>"
        f"<pubDate>{format_datetime(time)}</pubDate></item>"
        for id, time in entries
    )
    return f'<rss version="2.0"><channel><title>news</title>{"".join(items)}</channel></rss>'


def test_backfilled_days_have_the_posts_of_their_interval_once(run_dag, database, watch, mails, mlflow):
    watch("Nimbus", "file", path=str(SAMPLE))
    dates = [DAY + timedelta(days=day) for day in range(3)]

    def backfill() -> tuple[Any, Any]:
        for date in dates:
            assert run_dag("sentiment_inspector", date)[0] == "success"
        return posts(database), days(database)

    first = backfill()
    # the interval of a run that is started by hand ends at its date
    assert {post[1] for post in first[0]} == ids_of_sample(dates[0] - timedelta(days=1), dates[-1])
    assert list(first[1]) == ["2026-10-19", "2026-10-20", "2026-10-21"]
    assert backfill() == first
    assert mails == []

    (run,) = mlflow.search_runs([mlflow.get_experiment_by_name("company-watch").experiment_id])
    assert [metric.value for metric in mlflow.get_metric_history(run.info.run_id, "posts")] == list(first[1].values())


def test_rate_limited_company_is_collected_when_the_limit_ends(
    run_dag, database, watch, mails, httpserver, monkeypatch
):
    monkeypatch.setattr(retries, "LONGEST_WAIT", 1)  # for later ends, the source raises an error
    requests: list[float] = []
    reset = 0.0

    def answer(_: Request) -> Response:
        nonlocal reset
        requests.append(time())
        if len(requests) == 1:
            reset = time() + 5
            return Response(status=429, headers={"Retry-After": "5"})
        return Response(feed([("a", DAY - timedelta(hours=3))]), content_type="application/rss+xml")

    httpserver.expect_request("/feed").respond_with_handler(answer)
    watch("Nimbus", "rss", url=httpserver.url_for("/feed"))
    state, tasks = run_dag("sentiment_inspector", DAY)
    assert (state, tasks) == ("success", {"list_companies": "success", "inspect[0]": "success"})
    assert len(requests) == 2 and requests[1] >= reset - 1
    assert [post[1] for post in posts(database)] == ["a"]
    assert mails == []


def test_company_that_fails_finally_is_reported_once_and_the_others_are_collected(
    run_dag, database, watch, mails, httpserver, monkeypatch
):
    monkeypatch.setattr(retries, "LONGEST_WAIT", 1)
    httpserver.expect_request("/feed").respond_with_data(status=429, headers={"Retry-After": "2"})
    watch("Acme & <Sons>", "rss", url=httpserver.url_for("/feed"))
    watch("Nimbus", "file", path=str(SAMPLE))
    state, tasks = run_dag("sentiment_inspector", DAY)
    assert state == "failed"
    assert tasks == {"list_companies": "success", "inspect[0]": "failed", "inspect[1]": "success"}
    assert len(httpserver.log) == 4
    assert days(database) == {"2026-10-19": 5}
    (mail,) = mails
    assert mail.recipients == ["ml-team@example.org"]
    assert mail.subject == "[emoji API] Collection failed: Acme & <Sons>"
    assert "refuses further requests until" in mail.text and "(rate limit)" in mail.text
    assert "--from-date 2026-10-19 --to-date 2026-10-19" in mail.text
    assert "Acme &amp; &lt;Sons&gt;" in mail.html


def test_missing_credentials_are_reported_without_another_attempt(run_dag, watch, mails, httpserver):
    httpserver.expect_request("/2/tweets/search/recent").respond_with_data(status=401)
    watch("Nimbus", "x")
    assert run_dag("sentiment_inspector", DAY)[0] == "failed"
    (mail,) = mails
    assert "set EMOJI_API_X_BEARER_TOKEN" in mail.text and "inspect, attempt 1" in mail.text
