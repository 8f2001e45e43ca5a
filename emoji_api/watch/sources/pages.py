"""Pages from the entries that a platform returns: posts in the requested period, deletions, malformed entries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from emoji_api.watch.sources.base import Page, Post

Entry = TypeVar("Entry")


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """The id of a post that its platform no longer shows."""

    id: str


@dataclass(frozen=True, kw_only=True)
class Period:
    """The requested period [`since`, `until`); `None` is open."""

    since: datetime | None
    until: datetime | None

    def __contains__(self, time: datetime) -> bool:
        """Return whether `time` is in the period."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


def build_page(
    entries: Iterable[Entry],
    read: Callable[[Entry], Post | Deleted | None],
    period: Period,
    *,
    name: str = "post",
) -> Page:
    """Return the page of `entries`.

    `read` turns one into a post, into a deletion, or into `None` if it is no result. An entry for which it raises
    KeyError, AttributeError, TypeError, ValueError or OverflowError is malformed: it is rejected as "`name` 3: reason".
    """
    page = Page()
    for number, entry in enumerate(entries, 1):
        try:
            found = read(entry)
            if isinstance(found, Post):
                check_post(found)
        except KeyError as error:
            page.rejected.append(f"{name} {number}: no {error.args[0]}")
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            page.rejected.append(f"{name} {number}: {error}")
        else:
            if isinstance(found, Deleted):
                page.deleted.append(found.id)
            elif found and found.time in period:
                page.posts.append(found)
    return page


def check_post(post: Post) -> None:
    """Raise ValueError for a post that a database cannot store or a classifier cannot read."""
    fields = {"id": post.id, "text": post.text, "link": post.link or "", "author": post.author or ""}
    for field, value in fields.items():
        if not isinstance(value, str):
            raise ValueError(f"the {field} is not text")
        if "\0" in value:
            raise ValueError(f"the {field} has a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"the {field} is not valid Unicode") from error
    if not post.id.strip():
        raise ValueError("no id")
    if not post.text.strip():
        raise ValueError("no text")
