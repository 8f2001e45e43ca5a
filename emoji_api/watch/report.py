"""Reports on a company: stored statistics and example posts as JSON, CSV and HTML."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from emoji_api.database.tables import Company, WatchedPost
from emoji_api.errors import InvalidRange
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, OFFENSIVE, PHRASE, SENTIMENT
from emoji_api.untrusted import spreadsheet_cell, web_link
from emoji_api.watch.rollup import day_without_posts, read_days, stored_range
from emoji_api.watch.statistics import METHODS, UNCERTAIN, Statistics
from emoji_api.watch.store import get_company

EXAMPLES = ("typical", "surprising")
"""Kinds of example posts in the statistics of a day."""
IDS_PER_QUERY = 1_000
MAX_DAYS = 3_660
"""Length of the longest report."""
EMOTIONS = (*EMOTION.labels, UNCERTAIN)
OFFENSIVE_LABEL = OFFENSIVE.labels[1]


@dataclass(frozen=True, kw_only=True)
class ExamplePost:
    """A post that is shown as an example.

    `start` and `end` are the position of its phrase, both 0 without one or if it is the whole text.
    """

    id: int
    post_id: str
    time: str
    text: str
    link: str | None
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Statistics of consecutive days; `typical` and `surprising` are lists of `ExamplePost` as dictionaries."""

    company: str
    days: list[Statistics]


def read_report(session: Session, name: str, first: date | None = None, last: date | None = None) -> Report:
    """Return the report on the company `name` from `first` to `last`, by default the first and last stored day.

    Posts without a text, such as forgotten ones, are left out. Raise UnknownCompany if `name` is not watched, and
    InvalidRange for a range upside down or of more than `MAX_DAYS` days.
    """
    company = get_company(session, name)
    dates = report_range(session, company, first, last)
    days = read_days(session, company, *dates) if dates else []
    posts = _read_posts(session, {post for day in days for kind in EXAMPLES for post in day[kind]})
    for day in days:
        for kind in EXAMPLES:
            day[kind] = [asdict(posts[post]) for post in day[kind] if post in posts]
    return Report(company=name, days=days)


def report_range(session: Session, company: Company, first: date | None, last: date | None) -> tuple[date, date] | None:
    """Return the range from `first` to `last`, by default the first and last stored day; `None` if it has no day.

    Raise InvalidRange for a range upside down or of more than `MAX_DAYS` days.
    """
    check_order(first, last)
    if not (first and last):
        stored = stored_range(session, company)
        if stored is None:
            return None
        first, last = first or stored[0], last or stored[1]
    if (last - first).days >= MAX_DAYS:
        raise InvalidRange(f"from {first} to {last} are more than {MAX_DAYS} days")
    return (first, last) if first <= last else None


def check_order(first: date | None, last: date | None) -> None:
    """Raise InvalidRange if `first` is after `last`."""
    if first and last and first > last:
        raise InvalidRange(f"the first day, {first}, is after the last one, {last}")


def to_json(report: Report) -> str:
    """Return the report as one JSON object: the company, the methods of the figures, and the days."""
    return json.dumps({"company": report.company, "methods": METHODS, "days": report.days}, ensure_ascii=False)


def to_csv(report: Report) -> str:
    """Return one row per day. Texts that a spreadsheet would run as formulas are prefixed with a single quote."""
    file = io.StringIO(newline="")
    rows = [_csv_row(day) for day in report.days]
    writer = csv.DictWriter(file, list(_csv_row({"date": "", **day_without_posts()})), lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: spreadsheet_cell(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
    )
    return file.getvalue()


def to_html(report: Report) -> str:
    """Return a self-contained page without scripts. Posts are shown as text."""
    environment = Environment(
        loader=PackageLoader("emoji_api.watch"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"percent": percent, "web_link": web_link}
    return environment.get_template("report.html").render(
        report=report,
        sentiments=SENTIMENT.labels,
        emotions=EMOTIONS,
        emoji=EMOTION_EMOJI,
        offensive=OFFENSIVE_LABEL,
        methods=METHODS,
    )


def percent(entry: dict[str, Any] | None, figure: str = "share", interval: str = "interval") -> str:
    """Return a share of a label's entry with its interval, such as "36 % (30-42)"; nothing without the figure."""
    if not entry or figure not in entry:
        return ""
    low, high = entry[interval]
    return f"{100 * entry[figure]:.0f} % ({100 * low:.0f}-{100 * high:.0f})"


def _read_posts(session: Session, ids: Iterable[int]) -> dict[int, ExamplePost]:
    """Return the posts with these row ids that have a text, by id."""
    return {
        row.id: _example(row)
        for chunk in _chunked(sorted(ids))
        for row in session.execute(
            select(
                WatchedPost.id,
                WatchedPost.post_id,
                WatchedPost.time,
                WatchedPost.text,
                WatchedPost.link,
                WatchedPost.answers,
            ).where(WatchedPost.id.in_(chunk), WatchedPost.text.is_not(None))
        )
    }


def _chunked(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield ids[start : start + IDS_PER_QUERY]


def _example(row: Any) -> ExamplePost:
    phrase = (row.answers or {}).get(PHRASE.name)
    if phrase is None or len(row.text) == phrase["end"] - phrase["start"]:
        phrase = {"start": 0, "end": 0}
    return ExamplePost(
        id=row.id,
        post_id=row.post_id,
        time=row.time.isoformat(),
        text=row.text,
        link=row.link,
        start=phrase["start"],
        end=phrase["end"],
    )


def _csv_row(day: Statistics) -> dict[str, Any]:
    row = {
        "date": day["date"],
        "posts": day["posts"],
        "classified": day["classified"],
        "other_languages": sum(day["other_languages"].values()),
    }
    for label in SENTIMENT.labels:
        entry = day["sentiment"].get(label, {})
        row |= _csv_figures(label, entry)
        low, high = entry.get("corrected_interval", (None, None))
        row |= {f"{label}_corrected": entry.get("corrected")}
        row |= {f"{label}_corrected_low": low, f"{label}_corrected_high": high}
    for label in EMOTIONS:
        row |= _csv_figures(label, day["emotion"].get(label, {}))
    row |= _csv_figures(OFFENSIVE_LABEL, day["offensive"].get(OFFENSIVE_LABEL, {}))
    row["phrases"] = "; ".join(phrase["phrase"] for phrase in day["phrases"])
    return row | {kind: day[kind][0]["text"] if day[kind] else "" for kind in EXAMPLES}


def _csv_figures(label: str, entry: dict[str, Any]) -> dict[str, Any]:
    low, high = entry.get("interval", (None, None))
    return {
        f"{label}_count": entry.get("count"),
        f"{label}_share": entry.get("share"),
        f"{label}_low": low,
        f"{label}_high": high,
    }
