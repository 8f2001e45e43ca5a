"""Posts about a company as they are read by the HTTP API and the pages: filtered, newest first, page by page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, WatchedPost
from emoji_api.tasks import EMOTION, HATE, OFFENSIVE, PHRASE, SENTIMENT, Task
from emoji_api.watch.report import check_order
from emoji_api.watch.statistics import MIN_CONFIDENCE, UNCERTAIN

UNKNOWN_LANGUAGE = "und"
"""ISO 639-2 code of posts whose language could not be identified."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"(-?[0-9]{1,18})_([0-9]{1,10})")
MAX_ROW_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class PostFilter:
    """The posts that are wanted; `None` leaves them all.

    Attributes:
        first, last: first and last day of publication (UTC).
        sentiment: the label of the sentiment.
        emotion: the label of the emotion, with a confidence of at least `MIN_CONFIDENCE`; `UNCERTAIN` for posts with a
            lower one. The statistics count emotions in the same way.
        language: the code of the language; `UNKNOWN_LANGUAGE` for posts without one.
        text: a part of the text, whatever its case (SQLite: of ASCII letters).
    """

    first: date | None = None
    last: date | None = None
    sentiment: str | None = None
    emotion: str | None = None
    language: str | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post and the labels of its answers.

    `id` is the row's id, `post_id` the source's. `sentiment`, `emotion`, `offensive` and `hate` have `label` and
    `confidence`, emotion also `emoji`. `phrase` has `sentiment`, `selected_text`, and its position in the text, `start`
    and `end`. They and `model_version` are `None` for a post that is not classified.
    """

    id: int
    post_id: str
    time: datetime
    text: str
    language: str | None
    link: str | None
    author: str | None
    model_version: str | None
    sentiment: dict[str, Any] | None
    emotion: dict[str, Any] | None
    offensive: dict[str, Any] | None
    hate: dict[str, Any] | None
    phrase: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class PostPage:
    """Posts, newest first. `next` is the cursor of the posts before them, `None` if there are none."""

    posts: list[Post]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class PostCursor:
    """A position in a list of posts: the time and row id of the last post that was read."""

    time: datetime
    id: int

    @classmethod
    def parse(cls, text: str) -> "PostCursor":
        """Return the cursor that `str` wrote as `text`. Raise ValueError if it is none."""
        match = CURSOR.fullmatch(text)
        if match is None or int(match[2]) > MAX_ROW_ID:
            raise ValueError(f"{text!r} is not a cursor")
        try:
            return cls(time=EPOCH + timedelta(microseconds=int(match[1])), id=int(match[2]))
        except OverflowError as error:
            raise ValueError(f"{text!r} is not a cursor") from error

    def __str__(self) -> str:
        """Return the cursor as text for a URL."""
        return f"{(self.time - EPOCH) // timedelta(microseconds=1)}_{self.id}"


def read_posts(
    session: Session, company: Company, wanted: PostFilter, *, limit: int, before: PostCursor | None = None
) -> PostPage:
    """Return the newest posts that are `wanted` and come after the position `before`. Forgotten posts are left out.

    Posts that are collected meanwhile do not move the others between pages. Raise InvalidRange for a range of days that
    is upside down.
    """
    check_order(wanted.first, wanted.last)
    query = (
        select(WatchedPost)
        .where(WatchedPost.company_id == company.id, WatchedPost.text.is_not(None))
        .where(*_in_range(wanted, before), *_conditions(wanted))
        .order_by(WatchedPost.time.desc(), WatchedPost.id.desc())
        .limit(limit + 1)
    )
    rows = session.scalars(query).all()
    is_last = len(rows) <= limit
    page = rows[:limit]
    return PostPage(
        posts=[_read_post(row) for row in page],
        next=None if is_last else str(PostCursor(time=page[-1].time, id=page[-1].id)),
    )


def _in_range(wanted: PostFilter, before: PostCursor | None) -> Iterator[ColumnElement[bool]]:
    if wanted.first:
        yield WatchedPost.time >= datetime.combine(wanted.first, time.min, UTC)
    ends = [datetime.combine(wanted.last, time.max, UTC)] if wanted.last else []
    if before:
        ends.append(before.time)
        yield tuple_(WatchedPost.time, WatchedPost.id) < (before.time, before.id)
    if ends:  # one bound: the database starts reading its index there
        yield WatchedPost.time <= min(ends)


def _conditions(wanted: PostFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.sentiment:
        yield _answer(SENTIMENT, "label").as_string() == wanted.sentiment
    if wanted.emotion == UNCERTAIN:
        yield _answer(EMOTION, "confidence").as_float() < MIN_CONFIDENCE
    elif wanted.emotion:
        yield _answer(EMOTION, "label").as_string() == wanted.emotion
        yield _answer(EMOTION, "confidence").as_float() >= MIN_CONFIDENCE
    if wanted.language == UNKNOWN_LANGUAGE:
        yield WatchedPost.language.is_(None)
    elif wanted.language:
        yield WatchedPost.language == wanted.language
    if wanted.text:
        yield WatchedPost.text.icontains(wanted.text, autoescape=True)


def _answer(task: Task, name: str) -> Any:
    return WatchedPost.answers[(task.name, name)]


def _read_post(row: WatchedPost) -> Post:
    assert row.text is not None
    answers = row.answers or {}
    return Post(
        id=row.id,
        post_id=row.post_id,
        time=row.time,
        text=row.text,
        language=row.language,
        link=row.link,
        author=row.author,
        model_version=row.model_version,
        sentiment=_label(answers.get(SENTIMENT.name)),
        emotion=_label(answers.get(EMOTION.name)),
        offensive=_label(answers.get(OFFENSIVE.name)),
        hate=_label(answers.get(HATE.name)),
        phrase=answers.get(PHRASE.name),
    )


def _label(answer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return an answer without scores and thresholds."""
    return {name: answer[name] for name in ("label", "confidence", "emoji") if name in answer} if answer else None
