"""Posts on Mastodon: the timeline of a hashtag for a query such as "#acme", else the search of the server.

Credentials: EMOJI_API_MASTODON_TOKEN, an access token of the server from its Preferences > Development; many servers
show hashtags without one. Options: `instance`, the server's name, or `base_url`, its address.
https://docs.joinmastodon.org/methods/timelines/#tag and https://docs.joinmastodon.org/methods/search/
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonError, MastodonNetworkError, MastodonRatelimitError

from emoji_api.errors import SourceError
from emoji_api.settings import environment_variable, read_settings
from emoji_api.watch.sources.base import Page, Post
from emoji_api.watch.sources.options import http_url
from emoji_api.watch.sources.pages import Deleted, Period, build_page
from emoji_api.watch.sources.retries import TIMEOUT, Failure, Requests
from emoji_api.watch.sources.text import html_to_text, language_code

LIMIT = 40
HASHTAG = re.compile(r"#\w+")
OVERLAP = timedelta(hours=1)
"""Posts of other servers arrive late, with the id of their time; a search starts this long before the newest one."""
TIME_BITS = 16
"""An id is the time in milliseconds since 1970, shifted by these bits, plus a sequence number."""


class MastodonSource:
    """Hashtag timeline or search of a Mastodon server. The cursor is the id of the newest post.

    Mastodon returns the newest posts first. The cursor therefore advances with the last page only, which has no posts:
    a search that was interrupted starts again where it started before.
    """

    def __init__(self, *, instance: str = "mastodon.social", base_url: str | None = None):
        if "/" in instance:
            raise SourceError(f"the option instance is {instance!r}, not a server's name such as mastodon.social")
        address = http_url(*(("base_url", base_url) if base_url else ("instance", f"https://{instance}"))).rstrip("/")
        self._client = Mastodon(
            access_token=read_settings().mastodon_token,
            api_base_url=address,
            request_timeout=TIMEOUT,
            ratelimit_method="throw",
            version_check_mode="created",  # with a version, so that the library does not ask the server
            mastodon_version="4.2.0",
        )
        self._requests = Requests(
            source="Mastodon",
            read_failure=self._read_failure,
            variable=environment_variable("mastodon_token"),
            where=f"{address}/settings/applications",
        )

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the public posts that match `query`."""
        last = _time_of(int(cursor)) if cursor and cursor.isdigit() else None  # some servers have other ids
        starts = [time for time in (since, last) if time]
        oldest = _id_at(max(starts) - OVERLAP) if starts else cursor
        latest = _id_at(until + OVERLAP) if until else None
        pages = self._hashtag if HASHTAG.fullmatch(query) else self._statuses
        newest, period = None, Period(since=since, until=until)
        for number, statuses in enumerate(pages(query, oldest, latest), 1):
            if not isinstance(statuses, list):
                raise SourceError("Mastodon answers with something else than a page of posts")
            ids = [str(status.id) for status in statuses if getattr(status, "id", None)]
            newest = max([*ids, newest or ""], key=lambda id: (len(id), id)) or None
            yield build_page(statuses, _read_post, period, name=f"page {number}, post")
        if newest:
            yield Page(cursor=newest)

    def _hashtag(self, query: str, oldest: int | str | None, latest: int | str | None) -> Iterator[list[Any]]:
        while statuses := self._requests.send(
            self._client.timeline_hashtag, query[1:], since_id=oldest, max_id=latest, limit=LIMIT
        ):
            yield statuses
            ids = [status.id for status in statuses if getattr(status, "id", None)]
            if not ids or ids[-1] == latest:
                return
            latest = ids[-1]

    def _statuses(self, query: str, oldest: int | str | None, latest: int | str | None) -> Iterator[list[Any]]:
        offset, seen = 0, set[str]()
        while statuses := self._requests.send(
            self._client.search_v2,
            query,
            resolve=False,
            result_type="statuses",
            exclude_unreviewed=False,
            limit=LIMIT,
            min_id=oldest,
            max_id=latest,
            offset=offset,
        ).statuses:
            ids = {str(getattr(status, "id", None)) for status in statuses}
            if ids <= seen:  # some servers ignore the offset
                return
            yield statuses
            seen |= ids
            offset += len(statuses)

    def _read_failure(self, error: Exception) -> Failure | None:
        if isinstance(error, MastodonRatelimitError):
            reset = self._client.ratelimit_reset
            return Failure(reason=str(error), status=429, reset=datetime.fromtimestamp(reset, UTC) if reset else None)
        if isinstance(error, MastodonAPIError) and len(error.args) > 1 and isinstance(error.args[1], int):
            return Failure(reason=" ".join(str(part) for part in error.args[1:] if part), status=error.args[1])
        if isinstance(error, MastodonNetworkError | MastodonAPIError):
            return Failure(reason=str(error))
        if isinstance(error, MastodonError | AttributeError | KeyError | TypeError):  # the last for unexpected JSON
            return Failure(reason=f"{type(error).__name__}: {error}", status=400)
        return None


def _id_at(time: datetime) -> int:
    return int(time.timestamp() * 1000) << TIME_BITS


def _time_of(id: int) -> datetime:
    return datetime.fromtimestamp((id >> TIME_BITS) / 1000, UTC)


def _read_post(status: Any) -> Post | Deleted | None:
    for field in ("id", "created_at", "content"):  # the library sets missing and malformed ones to None
        if getattr(status, field) is None:
            raise KeyError(field)
    if status.account and status.account.suspended:
        return Deleted(id=str(status.id))
    if (status.visibility or "public") != "public":  # a search also finds what the token's owner may see
        return None
    if status.created_at.tzinfo is None:
        raise ValueError(f"the time {status.created_at} has no UTC offset")
    text = "\n".join(filter(None, [status.spoiler_text, html_to_text(status.content)]))
    if not text and status.media_attachments:
        return None
    return Post(
        id=str(status.id),
        time=status.created_at.astimezone(UTC),
        text=text,
        language=language_code(status.language),
        link=status.url,
        author=status.account.acct if status.account else None,
    )
