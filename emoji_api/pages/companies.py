"""The page of all companies."""

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from emoji_api.database.extension import served_database
from emoji_api.pages.rendering import render_page
from emoji_api.rest.access import check_reader
from emoji_api.watch.period import net_sentiment, read_last_days, summarise
from emoji_api.watch.queries import CompanySummary, read_companies
from emoji_api.watch.statistics import Statistics

SHOWN_DAYS = 30
COMPANIES_PER_PAGE = 50
SPARKLINE_WIDTH, SPARKLINE_HEIGHT = 150.0, 32.0


@dataclass(frozen=True, kw_only=True)
class CompanyCard:
    """A company in the list: its figures of the last days with posts, and the points of its sparkline.

    `lines` has a list of points, such as "0,16 5,12", for each run of consecutive days with classified posts.
    """

    company: CompanySummary
    statistics: Statistics
    lines: list[str]


def show_companies() -> Response:
    """Return the page of the companies."""
    check_reader()
    page = max(request.args.get("page", 1, int), 1)
    with served_database().session() as session:
        companies, total = read_companies(
            session, limit=COMPANIES_PER_PAGE, offset=min(page - 1, 10_000) * COMPANIES_PER_PAGE
        )
        days = read_last_days(session, companies, SHOWN_DAYS)
    cards = [_card(company, days.get(company.name, [])) for company in companies]
    more = page * COMPANIES_PER_PAGE < total
    return render_page(
        "companies.html",
        cards=cards,
        total=total,
        page=page,
        more=more,
        days=SHOWN_DAYS,
        width=SPARKLINE_WIDTH,
        height=SPARKLINE_HEIGHT,
    )


def _card(company: CompanySummary, days: list[Statistics]) -> CompanyCard:
    return CompanyCard(company=company, statistics=summarise(days), lines=_lines([net_sentiment(day) for day in days]))


def _lines(values: list[Any]) -> list[str]:
    """Return the points of the line through `values` from -1 to 1, broken where a value is missing."""
    lines: list[list[str]] = [[]]
    step = SPARKLINE_WIDTH / max(len(values) - 1, 1)
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{place * step:.1f},{SPARKLINE_HEIGHT * (1 - value) / 2:.1f}")
    return [" ".join(points) for points in lines if points]
