"""Companies as they are read by the HTTP API and the pages."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, CompanyDay
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


def read_companies(session: Session, *, limit: int, offset: int = 0) -> tuple[list[CompanySummary], int]:
    """Return a page of the companies, by name, and the number of all companies."""
    rows = session.execute(_summaries().order_by(Company.name).limit(limit).offset(offset))
    total = session.scalar(select(func.count()).select_from(Company))
    return [CompanySummary(**row._mapping) for row in rows], total or 0


def read_company(session: Session, name: str) -> CompanySummary:
    """Return the company `name`. Raise UnknownCompany if it is not watched."""
    company = get_company(session, name)
    return CompanySummary(**session.execute(_summaries().where(Company.id == company.id)).one()._mapping)


def _summaries() -> Select[tuple[str, str, str, datetime, datetime | None, date | None, date | None]]:
    def day_of_company(aggregate: type[func.min] | type[func.max]):  # type: ignore[no-untyped-def]
        # a subquery for each end: SQLite reads a lone minimum or maximum from the index
        return select(aggregate(CompanyDay.date)).where(CompanyDay.company_id == Company.id).scalar_subquery()

    return select(
        Company.name,
        Company.query,
        Company.source,
        Company.created_at,
        Company.collected_at,
        day_of_company(func.min).label("first_day"),
        day_of_company(func.max).label("last_day"),
    )
