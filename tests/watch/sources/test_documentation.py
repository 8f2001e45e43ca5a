"""The source in the documentation works as it is printed."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request, Response

from emoji_api.database.extension import Database
from emoji_api.errors import SourceError
from emoji_api.inference.classifier import load_classifier
from emoji_api.settings import Settings, environment_variable
from emoji_api.watch.collect import collect
from emoji_api.watch.sources import SOURCES, Post, open_source
from emoji_api.watch.store import add_company
from tests.watch.sources.conftest import CREDENTIALS
from tests.watch.sources.platform import Collection, Platform, minutes_ago

PAGE = (Path(__file__).parents[3] / "docs" / "watch_sources.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def hit(text: str, minutes: float, number: int = 0) -> dict[str, Any]:
    """Return a comment as the API returns it."""
    seconds = int(minutes_ago(minutes).timestamp())
    return {"objectID": f"{seconds}{number:03}", "created_at_i": seconds, "author": "pg", "comment_text": text}


class HackerNews(Platform):
    """The search by date, which returns the newest hits."""

    def __init__(self, server):
        self.hits: list[dict[str, Any]] = []
        super().__init__(server, "/api/v1/search_by_date", self.answer)

    def answer(self, request: Request) -> dict[str, Any]:
        first, latest = map(int, re.findall(r"\d+", request.args["numericFilters"].replace("created_at_i", "")))
        found = [hit for hit in self.hits if first <= hit["created_at_i"] <= latest]
        found.sort(key=lambda hit: hit["created_at_i"], reverse=True)
        return {"hits": found[: int(request.args["hitsPerPage"])]}


@pytest.fixture
def hacker_news(httpserver) -> HackerNews:
    return HackerNews(httpserver)


@pytest.fixture
def collection(httpserver, hacker_news, monkeypatch, tmp_path) -> Collection:
    (tmp_path / "hackernews_example.py").write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(SOURCES, "hackernews", "hackernews_example:HackerNewsSource")
    return Collection(source=open_source("hackernews", {"base_url": httpserver.url_for("")}))


def test_example_has_fewer_than_60_lines():
    assert len(EXAMPLE.splitlines()) < 60


def test_example_returns_posts(hacker_news, collection):
    hacker_news.hits = [hit("I <i>love</i> Acme<p>really", 5)]
    (post,) = collection.run().posts.values()
    id = hacker_news.hits[0]["objectID"]
    link = f"https://news.ycombinator.com/item?id={id}"
    assert post == Post(id=id, time=minutes_ago(5), text="I love Acme\nreally", link=link, author="pg")


def test_example_is_collected_from(hacker_news, collection, httpserver, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    hacker_news.hits = [hit("I love Acme, it makes my day", 5), hit("Acme is down again, I am furious", 4)]
    database = Database(f"sqlite:///{tmp_path}/emoji_api.db")
    with database.session() as session:
        add_company(session, "Acme", "acme", "hackernews", {"base_url": httpserver.url_for("")})
    classifier = load_classifier()
    results = [collect(database, "Acme", classifier) for _ in range(2)]
    assert [(result.found, result.new, result.classified) for result in results] == [(2, 2, 2), (1, 0, 0)]


def test_example_reads_all_pages_and_then_newer_posts_only(hacker_news, collection):
    hacker_news.hits = [hit(f"post {number}", 300 - number // 2, number) for number in range(250)]
    assert len(collection.run().posts) == 250
    hacker_news.hits.append(hit("new", 1))
    before = len(hacker_news.requests)
    assert collection.run().texts[-1] == "new"
    assert len(hacker_news.requests) == before + 1


def test_example_loses_nothing_when_it_stops_in_the_middle(hacker_news, collection):
    hacker_news.hits = [hit(f"post {number}", 300 - number, number) for number in range(250)]
    pages = collection.pages()
    next(pages)
    pages.close()
    hacker_news.hits.append(hit("new", 1))
    assert len(collection.run().posts) == 251


def test_example_respects_the_period(hacker_news, collection):
    hacker_news.hits = [hit(f"post {minutes}", minutes) for minutes in (5, 4, 3, 2)]
    assert collection.run(since=minutes_ago(4), until=minutes_ago(2)).texts == ["post 4", "post 3"]


def test_example_retries_and_reports_errors(hacker_news, collection, waits):
    hacker_news.hits = [hit("post", 1), hit("", 2)]
    hacker_news.failures = [Response(status=503)]
    assert collection.run().texts == ["post"]
    assert collection.rejected == ["post 2: no text"] and len(waits) == 1
    hacker_news.failures = [Response(status=400)]
    with pytest.raises(SourceError, match="Hacker News refuses the request: 400"):
        collection.run()


def test_page_names_every_source_and_credential():
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert rows == set(SOURCES)
    assert all(f"`{variable}`" in PAGE for variable in CREDENTIALS)
    assert set(CREDENTIALS) <= {environment_variable(name) for name in Settings.__dataclass_fields__}
