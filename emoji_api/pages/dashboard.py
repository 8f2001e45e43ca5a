"""The dashboard of a company: figures, charts, emotions, phrases and posts of a period."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from emoji_api.database.extension import served_database
from emoji_api.database.tables import Company
from emoji_api.errors import EmojiApiError
from emoji_api.pages.charts import sentiment_chart, volume_chart
from emoji_api.pages.filters import ALL_DAYS, QUICK_RANGES, Filters, read_filters
from emoji_api.pages.rendering import render_page
from emoji_api.pages.vega import EXTRA, PACKAGE, vega_url
from emoji_api.rest.access import check_reader
from emoji_api.rest.serving import served_model
from emoji_api.tasks import EMOTION, EMOTION_EMOJI, SENTIMENT
from emoji_api.watch.period import buckets, net_sentiment, summarise, unit_of
from emoji_api.watch.posts import read_posts
from emoji_api.watch.queries import CompanySummary, read_company, read_phrases
from emoji_api.watch.report import OFFENSIVE_LABEL
from emoji_api.watch.rollup import read_days
from emoji_api.watch.statistics import METHODS, UNCERTAIN, Statistics, add_corrected
from emoji_api.watch.store import get_company

POSTS_PER_PAGE = 20
SHOWN_PHRASES = 12


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The differences to the period before: the relative change of the number of posts, and of net sentiment."""

    first: date
    last: date
    posts: float
    net: float | None


def show_dashboard(name: str) -> Response:
    """Return the dashboard of the company `name`."""
    check_reader()
    with served_database().session() as session:
        company = read_company(session, name)
        if company.first_day is None or company.last_day is None:
            return render_page("company_empty.html", company=company)
        filters = read_filters(request.args, company.first_day, company.last_day)
        context = _period(session, get_company(session, name), company, filters)
    return render_page("dashboard.html", company=company, filters=filters, **context)


def _period(session: Session, row: Company, company: CompanySummary, filters: Filters) -> dict[str, Any]:
    """Return what the template shows of the period of `filters`."""
    days = read_days(session, row, filters.first, filters.last)
    unit = unit_of(filters.length)
    parts = buckets(days, unit)
    total = summarise(part.statistics for part in parts)
    with suppress(EmojiApiError):  # without a model that can be served there are no corrected shares
        add_corrected(total["sentiment"], total["model_versions"], served_model().classifier.bundle)
    collected = company.collected_at.date() if company.collected_at else company.last_day
    return {
        "total": total,
        "net": net_sentiment(total),
        "comparison": _comparison(session, row, company, filters, total),
        "unit": unit,
        "buckets": parts,
        "collected": collected,
        "pending": sum(day["pending"] for day in days),
        "charts": {
            "sentiment-spec": sentiment_chart(parts, unit, collected),
            "volume-spec": volume_chart(parts, unit, collected),
        }
        if len(parts) > 1 and total["posts"]
        else {},
        "vega_url": vega_url(),
        "missing_package": PACKAGE,
        "missing_extra": EXTRA,
        "emotions": _emotions(total),
        "offensive": total["offensive"].get(OFFENSIVE_LABEL),
        "languages": _languages(total, filters),
        "phrases": read_phrases(session, row, filters.first, filters.last, limit=SHOWN_PHRASES),
        "posts": read_posts(session, row, filters.posts, limit=POSTS_PER_PAGE, before=filters.before),
        "quick_ranges": [str(length) for length in QUICK_RANGES] + [ALL_DAYS],
        "sentiment_labels": SENTIMENT.labels,
        "emotion_labels": (*EMOTION.labels, UNCERTAIN),
        "emoji": EMOTION_EMOJI,
        "methods": METHODS,
    }


def _comparison(
    session: Session, row: Company, company: CompanySummary, filters: Filters, total: Statistics
) -> Comparison | None:
    """Return the comparison with the period before, `None` if that has no posts or begins before the first post."""
    first, last = filters.previous
    if company.first_day is None or first < company.first_day:
        return None
    before = summarise(read_days(session, row, first, last))
    if not before["posts"]:
        return None
    nets = net_sentiment(total), net_sentiment(before)
    return Comparison(
        first=first,
        last=last,
        posts=total["posts"] / before["posts"] - 1,
        net=nets[0] - nets[1] if nets[0] is not None and nets[1] is not None else None,
    )


def _emotions(total: Statistics) -> list[tuple[str, dict[str, Any]]]:
    """Return the emotions and their shares, the most frequent first; uncertain ones last."""
    entries: Mapping[str, dict[str, Any]] = total["emotion"]
    return sorted(entries.items(), key=lambda item: (item[0] == UNCERTAIN, -item[1]["count"]))


def _languages(total: Statistics, filters: Filters) -> list[str]:
    """Return the languages to choose from: English, those of the period's other posts, and the chosen one."""
    return sorted({"en", *total["other_languages"], *filter(None, [filters.posts.language])})
