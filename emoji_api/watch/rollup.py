"""Daily statistics in the database: computed from the posts, stored, and read."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from emoji_api.database.base import insert_into
from emoji_api.database.tables import ChangedDay, Company, CompanyDay, WatchedPost
from emoji_api.inference.bundle import Bundle
from emoji_api.progress import stage
from emoji_api.watch.changes import changed_dates
from emoji_api.watch.day import DayPosts
from emoji_api.watch.examples import ScoreSums, score_sums, surprising_posts, typical_posts
from emoji_api.watch.phrases import TermCounts, count_terms, overrepresented
from emoji_api.watch.statistics import Statistics, day_statistics, empty_statistics

BACKGROUND_DAYS = 28
"""Number of previous days that a day is compared with."""
ROWS_IN_MEMORY = 500
NO_QUOTES: Statistics = {"phrases": [], "typical": [], "surprising": []}
"""The part of a day's statistics that quotes posts, without any."""


@dataclass(frozen=True, kw_only=True)
class Background:
    """The figures of a day that later days are compared with."""

    date: date
    terms: TermCounts
    scores: ScoreSums


def roll_up(session: Session, company: Company, dates: Iterable[date], bundle: Bundle) -> list[date]:
    """Compute and store the statistics of `dates` and of the days that are compared with them; return these days.

    Dates are UTC days. Stored statistics of a day are replaced; those of a day that has no more posts are deleted.
    Forgotten posts, those without a text, do not count. `bundle` is the one that classified the posts.
    """
    statistics: dict[date, Statistics] = {}
    windows = _windows(dates)
    today = datetime.now(UTC).date()
    for first, last in windows:
        with stage("daily statistics", max((min(last, today) - first).days + 1, 1), "days") as computing:
            reported = first
            for day, figures in _compute(session, company, first, last, bundle):
                statistics[day] = figures
                computing.advance((day - reported).days)  # days without posts are not computed
                reported = day
    for first, last in windows:  # the database is locked as briefly as possible: all is computed before
        in_window = (CompanyDay.company_id == company.id, CompanyDay.date.between(first, last))
        session.execute(
            delete(CompanyDay).where(*in_window, CompanyDay.date.not_in(statistics)),
            execution_options={"synchronize_session": False},
        )
    now = datetime.now(UTC)
    rows = [
        {"company_id": company.id, "date": day, "statistics": figures, "computed_at": now}
        for day, figures in statistics.items()
    ]
    if rows:
        insert = insert_into(session, CompanyDay)
        changed = {name: insert.excluded[name] for name in ("statistics", "computed_at")}
        session.execute(insert.on_conflict_do_update(index_elements=["company_id", "date"], set_=changed), rows)
    return list(statistics)


def read_days(session: Session, company: Company, first: date, last: date) -> list[Statistics]:
    """Return the stored statistics of the days from `first` to `last`, in order, each with its `date` (ISO 8601).

    `pending` tells whether the day's posts have changed since its statistics were computed: then the figures are those
    before the change. A day without stored statistics that is not pending is a day of zero posts.
    """
    rows = session.execute(
        select(CompanyDay.date, CompanyDay.statistics).where(
            CompanyDay.company_id == company.id, CompanyDay.date.between(first, last)
        )
    )
    stored = {row.date: row.statistics for row in rows}
    pending = set(changed_dates(session, company))
    empty = day_without_posts()
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    return [{"date": day.isoformat(), "pending": day in pending, **empty, **stored.get(day, {})} for day in days]


def day_without_posts() -> Statistics:
    """Return the statistics of a day of zero posts."""
    return empty_statistics() | NO_QUOTES


def stored_range(session: Session, company: Company) -> tuple[date, date] | None:
    """Return the first and the last day with stored or pending statistics, `None` if there is none."""
    days = [
        bound
        for table in (CompanyDay, ChangedDay)
        for bound in session.execute(
            select(func.min(table.date), func.max(table.date)).where(table.company_id == company.id)
        ).one()
        if bound
    ]
    return (min(days), max(days)) if days else None


def remove_quotes(session: Session, company: Company, day: date) -> None:
    """Remove what quotes a day's posts from its stored statistics: phrases, and ids of example posts."""
    is_day = (CompanyDay.company_id == company.id) & (CompanyDay.date == day)
    statistics = session.scalar(select(CompanyDay.statistics).where(is_day))
    if statistics is not None:
        session.execute(update(CompanyDay).where(is_day).values(statistics=statistics | NO_QUOTES))


def _windows(dates: Iterable[date]) -> list[tuple[date, date]]:
    """Return the first and last day of each run of consecutive days whose statistics depend on `dates`."""
    windows: list[tuple[date, date]] = []
    for day in sorted(set(dates)):
        last = shifted(day, BACKGROUND_DAYS)
        if windows and day <= shifted(windows[-1][1], 1):
            windows[-1] = windows[-1][0], last
        else:
            windows.append((day, last))
    return windows


def shifted(day: date, days: int) -> date:
    """Return the date `days` after `day`, within the range of dates."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def _compute(
    session: Session, company: Company, first: date, last: date, bundle: Bundle
) -> Iterator[tuple[date, Statistics]]:
    """Yield the statistics of each day with posts from `first` to `last`, from one query."""
    background: deque[Background] = deque()
    for day, posts in _posts_by_day(session, company, shifted(first, -BACKGROUND_DAYS), last, bundle):
        while background and (day - background[0].date).days > BACKGROUND_DAYS:
            background.popleft()
        terms = count_terms(phrase.text for phrase in posts.phrases)
        if day >= first:
            phrases = overrepresented(posts.phrases, terms, [previous.terms for previous in background])
            yield (
                day,
                day_statistics(posts, bundle)
                | {
                    "phrases": [asdict(phrase) for phrase in phrases],
                    "typical": typical_posts(posts),
                    "surprising": surprising_posts(posts, [previous.scores for previous in background]),
                },
            )
        background.append(Background(date=day, terms=terms, scores=score_sums(posts)))


def _posts_by_day(
    session: Session, company: Company, first: date, last: date, bundle: Bundle
) -> Iterator[tuple[date, DayPosts]]:
    rows: Iterable[Any] = session.execute(
        select(WatchedPost.id, WatchedPost.time, WatchedPost.language, WatchedPost.model_version, WatchedPost.answers)
        .where(
            WatchedPost.company_id == company.id,
            WatchedPost.time >= datetime.combine(first, time(), UTC),
            WatchedPost.time <= datetime.combine(last, time.max, UTC),
            WatchedPost.text.is_not(None),
        )
        .order_by(WatchedPost.time, WatchedPost.id),
        execution_options={"yield_per": ROWS_IN_MEMORY},
    )
    for day, rows_of_day in groupby(rows, key=lambda row: row.time.date()):
        posts = DayPosts(bundle.tasks)
        for row in rows_of_day:
            posts.add(row.id, language=row.language, model_version=row.model_version, answers=row.answers)
        yield day, posts
