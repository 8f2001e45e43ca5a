"""A platform on a local HTTP server, and a collection that stores pages as the database does."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from emoji_api.watch.sources import Page, Post, Source

NOW = datetime.now(UTC).replace(microsecond=0)


def minutes_ago(minutes: float) -> datetime:
    """Return the time `minutes` before the tests started."""
    return NOW - timedelta(minutes=minutes)


class Platform:
    """The path of a server. It answers with `failures` first, one a request, and then with `answer`.

    `requests` are the arguments of all requests. `delays` are the seconds before the first answers.
    """

    def __init__(self, server: HTTPServer, path: str, answer: Callable[[Request], Any], method: str = "GET"):
        self.failures: list[Response] = []
        self.delays: list[float] = []
        self.requests: list[dict[str, str]] = []
        self._answer = answer
        server.expect_request(path, method=method).respond_with_handler(self._respond)

    def _respond(self, request: Request) -> Response:
        self.requests.append(request.args.to_dict())
        if self.delays:
            time.sleep(self.delays.pop(0))
        if self.failures:
            return self.failures.pop(0)
        answer = self._answer(request)
        return answer if isinstance(answer, Response) else json_response(answer)


def json_response(content: Any, status: int = 200, **headers: str) -> Response:
    """Return a response; `headers` have underscores for hyphens."""
    response = Response(json.dumps(content), status=status, content_type="application/json")
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def in_seconds(seconds: float) -> str:
    """Return the time in `seconds` as seconds since 1970."""
    return str(round(time.time() + seconds))


@dataclass(kw_only=True)
class Collection:
    """A collection from `source`: the posts by id, the last cursor, and the deleted and rejected entries."""

    source: Source
    query: str = "acme"
    posts: dict[str, Post] = field(default_factory=dict)
    cursor: str | None = None
    deleted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def pages(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Page]:
        """Yield the pages, each after it was stored."""
        for page in self.source.search(self.query, since=since, until=until, cursor=self.cursor):
            for post in page.posts:
                self.posts.setdefault(post.id, post)
            self.cursor = page.cursor or self.cursor
            self.deleted += page.deleted
            self.rejected += page.rejected
            yield page

    def run(self, **period: datetime | None) -> "Collection":
        """Collect everything and return the collection."""
        for _ in self.pages(**period):
            pass
        return self

    @property
    def texts(self) -> list[str]:
        """The texts, oldest first."""
        return [post.text for post in sorted(self.posts.values(), key=lambda post: post.time)]
