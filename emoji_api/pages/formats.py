"""Jinja filters: numbers, shares, days, posts and links as pages show them."""

import shlex
from datetime import date, datetime

from markupsafe import Markup

from emoji_api.pages.languages import language_name
from emoji_api.untrusted import web_link
from emoji_api.watch.posts import Post

MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
SPACE = "\N{NARROW NO-BREAK SPACE}"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def number(value: int) -> str:
    """Return a number with separated thousands, such as "18,250"."""
    return f"{value:,}"


def percent(share: float) -> str:
    """Return a share in percent, such as "36 %"; one that rounds to 0 but is not 0 as "<1 %"."""
    return f"<1{SPACE}%" if 0 < share < 0.005 else f"{100 * share:.0f}{SPACE}%"


def probability(value: float) -> str:
    """Return a probability in percent; one that rounds to 100 as ">99 %", because no answer is certain."""
    return f">99{SPACE}%" if value >= 0.995 else percent(value)


def interval(bounds: tuple[float, float]) -> str:
    """Return an interval of a share in percent, such as "30–43 %"."""
    low, high = bounds
    return f"{100 * low:.0f}{EN_DASH}{100 * high:.0f}{SPACE}%"


def figure(value: float) -> str:
    """Return a metric from 0 to 1 with three decimals, such as "0.701"."""
    return f"{value:.3f}"


def figures(bounds: tuple[float, float]) -> str:
    """Return an interval of a metric, such as "0.693–0.709"."""
    low, high = bounds
    return f"{low:.3f}{EN_DASH}{high:.3f}"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points with its sign, such as "+12" or "0"."""
    return _signed(round(100 * difference))


def change(ratio: float) -> str:
    """Return a relative change in percent with its sign, such as "+12 %"."""
    return f"{_signed(round(100 * ratio))}{SPACE}%"


def day(value: date) -> str:
    """Return a day, such as "1 Oct 2026"."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def days(first: date, last: date) -> str:
    """Return a range of days, such as "1–30 Oct 2026"."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{EN_DASH}{day(last)}"
    start = f"{first.day} {MONTHS[first.month - 1]}" if first.year == last.year else day(first)
    return f"{start} {EN_DASH} {day(last)}"


def minute(value: datetime) -> str:
    """Return a time, such as "1 Oct 2026, 07:11"."""
    return f"{day(value)}, {value:%H:%M}"


def marked(post: Post) -> Markup:
    """Return the text of a post, escaped, with its phrase marked unless that is the whole text."""
    start, end = (post.phrase["start"], post.phrase["end"]) if post.phrase else (0, 0)
    if not 0 <= start < end <= len(post.text) or end - start == len(post.text):
        start = end = 0
    before, phrase, after = post.text[:start], post.text[start:end], post.text[end:]
    return Markup("{}<mark>{}</mark>{}").format(before, phrase, after) if phrase else Markup("{}").format(after)


def contribution(value: float) -> str:
    """Return a word's contribution to a score with its sign and two decimals, such as "+0.31"."""
    return f"{value:+.2f}".replace("-", MINUS)


def _signed(value: int) -> str:
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{abs(value):,}"


FILTERS = {
    "number": number,
    "percent": percent,
    "probability": probability,
    "contribution": contribution,
    "language_name": language_name,
    "interval": interval,
    "figure": figure,
    "figures": figures,
    "points": points,
    "change": change,
    "day": day,
    "days_to": days,
    "minute": minute,
    "marked": marked,
    "shell": shlex.quote,
    "web_link": web_link,
}
