"""Posts on Bluesky, by its search.

Credentials: EMOJI_API_BLUESKY_HANDLE and EMOJI_API_BLUESKY_PASSWORD, an app password from
https://bsky.app/settings/app-passwords. Option: `base_url`, the server of the account.
https://docs.bsky.app/docs/api/app-bsky-feed-search-posts
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from atproto import Client, Request, models
from atproto.exceptions import RequestErrorBase

from emoji_api.errors import SourceError
from emoji_api.settings import environment_variable, read_settings
from emoji_api.watch.sources.base import Page, Post
from emoji_api.watch.sources.options import http_url
from emoji_api.watch.sources.pages import Deleted, Period, build_page
from emoji_api.watch.sources.retries import TIMEOUT, Failure, Requests, rate_limit_reset
from emoji_api.watch.sources.text import aware_time, language_code

OVERLAP = timedelta(hours=1)
"""A search starts this long before the newest post of the previous search, because posts may be indexed late."""
TAKEN_DOWN = {"!hide", "!takedown"}
"""Labels of the network's moderation."""


class BlueskySource:
    """Search on Bluesky. The cursor is the time of the newest post.

    Bluesky returns the newest posts first. The cursor therefore advances with the last page only, which has no posts:
    a search that was interrupted starts again where it started before.
    """

    def __init__(self, *, base_url: str = "https://bsky.social"):
        settings = read_settings()
        self._login = (settings.bluesky_handle, settings.bluesky_password)
        self._client = Client(http_url("base_url", base_url), Request(timeout=TIMEOUT))
        self._requests = Requests(
            source="Bluesky",
            read_failure=_read_failure,
            variable=f"{environment_variable('bluesky_handle')} and {environment_variable('bluesky_password')}",
            where="https://bsky.app/settings/app-passwords",
        )

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the posts that match `query`, written in Bluesky's search language."""
        if not all(self._login):
            raise self._requests.unauthorized()
        self._requests.send(self._client.login, *self._login, fetch_bsky_profile=False)
        starts = [since, aware_time(cursor) - OVERLAP if cursor else None]
        start = max((time for time in starts if time), default=None)
        period, newest = Period(since=since, until=until), None
        parameters = models.AppBskyFeedSearchPosts.Params(
            q=query, sort="latest", limit=100, since=_utc(start), until=_utc(until)
        )
        number = 0
        while number == 0 or parameters.cursor:
            number += 1
            answer = self._requests.send(
                self._client.invoke_query,
                "app.bsky.feed.searchPosts",
                params=parameters,
                output_encoding="application/json",
            ).content
            if not isinstance(answer, dict) or not isinstance(answer.get("posts"), list):
                raise SourceError("Bluesky answers with something else than a page of posts")
            page = build_page(answer["posts"], _read_post, period, name=f"page {number}, post")
            newest = max([post.time for post in page.posts] + ([newest] if newest else []), default=None)
            parameters.cursor = answer.get("cursor") if answer["posts"] else None
            yield page
        if newest:
            yield Page(cursor=_utc(newest))


def _utc(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


def _read_post(entry: dict[str, Any]) -> Post | Deleted | None:
    uri = entry["uri"]
    if entry.get("notFound") or TAKEN_DOWN & {label.get("val") for label in entry.get("labels") or []}:
        return Deleted(id=uri)
    author, record = entry["author"]["did"], entry["record"]
    if record["text"] == "":  # a picture alone
        return None
    return Post(
        id=uri,
        # the client of the author sets createdAt; the search, too, goes by the earlier of the two
        time=min(aware_time(record["createdAt"]), aware_time(entry["indexedAt"])),
        text=record["text"],
        language=language_code(next(iter(record.get("langs") or []), None)),
        link=f"https://bsky.app/profile/{author}/post/{uri.rpartition('/')[2]}",
        author=author,
    )


def _read_failure(error: Exception) -> Failure | None:
    if isinstance(error, RequestErrorBase) and error.response is not None:
        response = error.response
        expired = getattr(response.content, "error", None) in ("ExpiredToken", "InvalidToken")
        status = 401 if expired else response.status_code
        return Failure(reason=str(error), status=status, reset=rate_limit_reset(response.headers))
    if isinstance(error, RequestErrorBase | httpx.HTTPError | ValueError):  # ValueError: not JSON
        return Failure(reason=str(error) or type(error).__name__)
    return None
