"""The interface of a source: what it returns, and which errors it raises."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post as its platform published it.

    `id` is unique within the source. `time` is the aware time of publication. `language` is an ISO 639-1 code, `None`
    if the platform does not tell. `author` is stored only if a setting allows it.
    """

    id: str
    time: datetime
    text: str
    language: str | None = None
    link: str | None = None
    author: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Posts that are stored in one transaction, together with the position after them.

    `cursor` is stored with the company and passed to the next collection; `None` leaves the stored one unchanged.
    `deleted` are ids of posts that their platform no longer has. `rejected` are messages about malformed entries, each
    with its position, such as "row 17: no text".
    """

    posts: list[Post] = field(default_factory=list)
    cursor: str | None = None
    deleted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)


class Source(Protocol):
    """A platform that is searched for posts about a company.

    A source is a class with this method. Its constructor takes the options of a company as keyword arguments, all
    strings, and raises `SourceError` for one that is missing or malformed. A source reads its credentials from the
    environment variables that its module documents.
    """

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the posts that match `query` and were published in [`since`, `until`), page by page.

        `cursor` is the last one stored, `None` at first. With `since` and `cursor`, the search starts at the later one.
        Pages may repeat posts: the store skips those it has. Raises `SourceError`, `SourceRateLimited` and
        `SourceUnauthorized`.
        """
