"""Companies, their posts and their phrases, as they are read by the HTTP API and the pages."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Function, ScalarSelect, func, select
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, CompanyDay
from emoji_api.watch.report import report_range
from emoji_api.watch.store import get_company


@dataclass(frozen=True, kw_only=True)
class CompanySummary:
    """A watched company, without the options of its source.

    `first_day` and `last_day` are the first and the last day (UTC) with stored statistics, `None` without any.
    """

    name: str
    query: str
    source: str
    created_at: datetime
    collected_at: datetime | None
    first_day: date | None
    last_day: date | None


@dataclass(kw_only=True)
class PhraseSummary:
    """A phrase that is over-represented on at least one day of a range.

    Attributes:
        phrase: the normalised phrase.
        count: number of posts that have it on the days in `dates`.
        z: the highest of these days' z-scores.
        sentiment: the sentiment of most of these posts.
        dates: the days (UTC) on which it is over-represented, in order.
    """

    phrase: str
    count: int = 0
    z: float = 0.0
    sentiment: str = ""
    dates: list[date] = field(default_factory=list)


def read_companies(session: Session, *, limit: int, offset: int = 0) -> tuple[list[CompanySummary], int]:
    """Return a page of the companies, by name, and the number of all companies."""
    rows = session.execute(select(*SUMMARY).order_by(Company.name).limit(limit).offset(offset))
    total = session.scalar(select(func.count()).select_from(Company))
    return [CompanySummary(**row._mapping) for row in rows], total or 0


def read_company(session: Session, name: str) -> CompanySummary:
    """Return the company `name`. Raise UnknownCompany if it is not watched."""
    company = get_company(session, name)
    return CompanySummary(**session.execute(select(*SUMMARY).where(Company.id == company.id)).one()._mapping)


def read_phrases(
    session: Session, company: Company, first: date | None = None, last: date | None = None, *, limit: int
) -> list[PhraseSummary]:
    """Return the phrases that are over-represented on a day from `first` to `last`, those with the highest z first.

    The range is by default that of all days with statistics. Raise InvalidRange as `report_range` does.
    """
    dates = report_range(session, company, first, last)
    if dates is None:
        return []
    rows = session.execute(
        # the rest of the statistics, ten times as long, is not read
        select(CompanyDay.date, CompanyDay.statistics["phrases"].label("phrases"))
        .where(CompanyDay.company_id == company.id, CompanyDay.date.between(*dates))
        .order_by(CompanyDay.date)
    )
    found: dict[str, PhraseSummary] = {}
    sentiments: dict[str, Counter[str]] = {}
    for row in rows:
        for entry in row.phrases or []:
            phrase = found.setdefault(entry["phrase"], PhraseSummary(phrase=entry["phrase"]))
            phrase.count += entry["count"]
            phrase.z = max(phrase.z, entry["z"])
            phrase.dates.append(row.date)
            sentiments.setdefault(phrase.phrase, Counter())[entry["sentiment"]] += entry["count"]
    best = sorted(found.values(), key=lambda phrase: (-phrase.z, -phrase.count, phrase.phrase))[:limit]
    for phrase in best:
        counts = sentiments[phrase.phrase]
        phrase.sentiment = min(counts, key=lambda sentiment: (-counts[sentiment], sentiment))
    return best


def _day_of_company(day: Function[Any]) -> ScalarSelect[Any]:
    # one subquery for each end: SQLite reads a lone minimum or maximum from the index
    return select(day).where(CompanyDay.company_id == Company.id).scalar_subquery()


SUMMARY = (
    Company.name,
    Company.query,
    Company.source,
    Company.created_at,
    Company.collected_at,
    _day_of_company(func.min(CompanyDay.date)).label("first_day"),
    _day_of_company(func.max(CompanyDay.date)).label("last_day"),
)
"""The columns of a `CompanySummary`."""
