"""Statistics of several days together: of a whole period, and of its days, weeks or months for a time axis."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, CompanyDay
from emoji_api.watch.queries import CompanySummary
from emoji_api.watch.rollup import day_without_posts
from emoji_api.watch.statistics import Statistics, empty_statistics, shares_of

Unit = Literal["day", "week", "month"]

MAX_DAYS_BY_DAY = 92
MAX_DAYS_BY_WEEK = 731
NUMBERS = ("posts", "classified", "unreadable")
COUNTED = ("other_languages", "model_versions")
SHARED = ("sentiment", "emotion", "offensive")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A day, week or month of a time axis, as far as it is in the period: `first` to `last`, and its statistics."""

    first: date
    last: date
    statistics: Statistics


def unit_of(days: int) -> Unit:
    """Return the unit of the time axis of a period of so many days: at most about 120 buckets."""
    if days <= MAX_DAYS_BY_DAY:
        return "day"
    return "week" if days <= MAX_DAYS_BY_WEEK else "month"


def buckets(days: Sequence[Statistics], unit: Unit) -> list[Bucket]:
    """Return consecutive days, as `read_days` returns them, by `unit`. Weeks start on Monday."""

    def start(day: date) -> date:
        if unit == "day":
            return day
        return day.replace(day=1) if unit == "month" else day - timedelta(days=day.weekday())

    dated = [(date.fromisoformat(day["date"]), day) for day in days]
    groups = [list(group) for _, group in groupby(dated, key=lambda pair: start(pair[0]))]
    return [
        Bucket(
            first=group[0][0],
            last=group[-1][0],
            statistics=group[0][1] if len(group) == 1 else summarise(day for _, day in group),
        )
        for group in groups
    ]


def summarise(days: Iterable[Statistics]) -> Statistics:
    """Return the statistics of all `days` together, as `day_statistics` does, without the means of probabilities.

    Corrected shares depend on all counts together: `statistics.add_corrected` adds them.
    """
    total = empty_statistics()
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*COUNTED, *SHARED)}
    for day in days:
        for name in NUMBERS:
            total[name] += day[name]
        for name in COUNTED:
            counts[name].update(day[name])
        for name in SHARED:
            counts[name].update({label: entry["count"] for label, entry in day[name].items()})
    return total | {name: dict(counts[name]) for name in COUNTED} | {name: shares_of(counts[name]) for name in SHARED}


def net_sentiment(statistics: Statistics) -> float | None:
    """Return the share of positive posts minus that of negative ones, `None` without classified posts."""
    shares = statistics["sentiment"]
    return shares["positive"]["share"] - shares["negative"]["share"] if shares else None


def read_last_days(session: Session, companies: Iterable[CompanySummary], days: int) -> dict[str, list[Statistics]]:
    """Return the statistics of the last `days` days up to each company's last day, by the company's name."""
    ranges = {
        company.name: (company.last_day - timedelta(days=days - 1), company.last_day)
        for company in companies
        if company.last_day
    }
    if not ranges:
        return {}
    wanted = or_(
        *(
            (Company.name == name) & CompanyDay.date.between(first, last)
            for name, (first, last) in ranges.items()
        )
    )  # fmt: skip
    rows = session.execute(
        select(Company.name, CompanyDay.date, CompanyDay.statistics)
        .join(Company, Company.id == CompanyDay.company_id)
        .where(wanted)
    )
    stored = {(row.name, row.date): row.statistics for row in rows}
    empty = day_without_posts()
    return {
        name: [
            {"date": day.isoformat(), **empty, **stored.get((name, day), {})}
            for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
        ]
        for name, (first, last) in ranges.items()
    }
