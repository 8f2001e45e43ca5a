"""Posts on X, by its recent search (API v2), which reaches back seven days.

Credentials: EMOJI_API_X_BEARER_TOKEN, from https://developer.x.com. Option: `base_url`.
https://docs.x.com/x-api/posts/search-recent-posts
"""

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import tweepy

from emoji_api.errors import SourceError
from emoji_api.settings import environment_variable, read_settings
from emoji_api.watch.sources.base import Page, Post
from emoji_api.watch.sources.options import http_url
from emoji_api.watch.sources.pages import Deleted, Period, build_page
from emoji_api.watch.sources.retries import TIMEOUT, Failure, Requests, rate_limit_reset, read_requests_failure
from emoji_api.watch.sources.text import aware_time, language_code

TWEEPY_HOST = "https://api.twitter.com"
FIELDS = ["created_at", "lang", "author_id", "note_tweet", "withheld"]
REACH = timedelta(days=7) - timedelta(minutes=1)
DELAY = timedelta(seconds=10)
"""X refuses an end of the period that is nearer to now."""
ID_EPOCH = 1_288_834_974_657
"""Milliseconds since 1970 at which the times in ids start."""


class XSource:
    """Recent search on X. The cursor is the id of the newest post.

    X returns the newest posts first. The cursor therefore advances with the last page only, which has no posts: a
    search that was interrupted starts again where it started before.
    """

    def __init__(self, *, base_url: str = "https://api.x.com"):
        self._token = read_settings().x_bearer_token
        self._client = tweepy.Client(self._token, return_type=dict)
        self._client.session = _Session(http_url("base_url", base_url).rstrip("/"))
        self._requests = Requests(
            source="X",
            read_failure=_read_failure,
            variable=environment_variable("x_bearer_token"),
            where="https://developer.x.com/en/portal/dashboard",
        )

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the posts that match `query`, written in X's search language."""
        if not self._token:
            raise self._requests.unauthorized()
        period, parameters = Period(since=since, until=until), _period_parameters(since, until, cursor)
        newest, token, number = 0, None, 0
        while number == 0 or token:
            number += 1
            answer = self._requests.send(
                self._client.search_recent_tweets,
                query,
                max_results=100,
                tweet_fields=FIELDS,
                next_token=token,
                **parameters,
            )
            if not isinstance(answer, dict) or not isinstance(answer.get("meta"), dict):
                raise SourceError("X answers with something else than a page of posts")
            page = build_page(answer.get("data") or [], _read_post, period, name=f"page {number}, post")
            page.deleted.extend(_missing_posts(answer.get("errors") or []))
            newest = max([newest, *(int(post.id) for post in page.posts)])
            token = answer["meta"].get("next_token")
            yield page
        if newest:
            yield Page(cursor=str(newest))


class _Session(requests.Session):
    """Session for tweepy, which has no settings for the host and the timeout."""

    def __init__(self, base_url: str):
        super().__init__()
        self._base_url = base_url

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request to the base URL."""
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(method, url.replace(TWEEPY_HOST, self._base_url, 1), *args, **kwargs)


def _period_parameters(since: datetime | None, until: datetime | None, cursor: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    parameters: dict[str, Any] = {}
    reach = now - REACH  # X refuses an earlier start
    if cursor and _time_of(int(cursor)) > max(since or reach, reach):
        parameters["since_id"] = cursor
    elif since and since > reach:
        parameters["start_time"] = since
    if until and until < now - DELAY:
        parameters["end_time"] = until + timedelta(seconds=bool(until.microsecond))  # X knows whole seconds
    return parameters


def _time_of(id: int) -> datetime:
    return datetime.fromtimestamp(((id >> 22) + ID_EPOCH) / 1000, UTC)


def _read_post(entry: dict[str, Any]) -> Post | Deleted:
    if entry.get("withheld"):
        return Deleted(id=entry["id"])
    if not entry["id"].isdecimal():
        raise ValueError("the id is not a number")
    text = (entry.get("note_tweet") or entry)["text"]  # `text` ends after 280 characters
    return Post(
        id=entry["id"],
        time=aware_time(entry["created_at"]),
        text=html.unescape(text),
        language=language_code(entry.get("lang")),
        link=f"https://x.com/i/status/{entry['id']}",
        author=entry.get("author_id"),
    )


def _missing_posts(errors: list[dict[str, Any]]) -> Iterator[str]:
    for error in errors:
        if error.get("resource_type") == "tweet" and error.get("resource_id"):
            yield str(error["resource_id"])


def _read_failure(error: Exception) -> Failure | None:
    if isinstance(error, tweepy.HTTPException):
        response = error.response
        reason = " ".join(str(error).split())
        return Failure(reason=reason, status=response.status_code, reset=rate_limit_reset(response.headers))
    return read_requests_failure(error)
