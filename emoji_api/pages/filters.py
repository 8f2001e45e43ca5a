"""Filters of the dashboard in the query string of its URL."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate
from webargs.flaskparser import abort
from werkzeug.datastructures import MultiDict

from emoji_api.rest.fields import check_stored_text
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.watch.posts import PostCursor, PostFilter
from emoji_api.watch.report import MAX_DAYS
from emoji_api.watch.rollup import shifted
from emoji_api.watch.statistics import UNCERTAIN

QUICK_RANGES = (7, 30, 90, 365)
"""Lengths of the ranges with a link, in days."""
DEFAULT_DAYS = 30
ALL_DAYS = "all"
POST_PARAMETERS = ("sentiment", "emotion", "language", "text")
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""The earliest and the latest date of a filter, so that dates before and after it exist."""


class DayField(fields.Date):
    """A day, such as 2026-11-30."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            load_default=None,
            validate=validate.Range(EARLIEST, LATEST, error="is not from {min} to {max}"),
            error_messages={"invalid": "is no date, such as 2026-11-30"},
            **kwargs,
        )


class FiltersSchema(Schema):
    """The query string of the dashboard. Empty parameters, as forms send them, are not set."""

    class Meta:
        unknown = EXCLUDE

    first = DayField(data_key="from")
    last = DayField(data_key="to")
    days = fields.String(
        load_default=None,
        validate=validate.OneOf((*map(str, QUICK_RANGES), ALL_DAYS), error="is none of {choices}"),
    )
    sentiment = fields.String(
        load_default=None, validate=validate.OneOf(SENTIMENT.labels, error="is none of {choices}")
    )
    emotion = fields.String(
        load_default=None, validate=validate.OneOf((*EMOTION.labels, UNCERTAIN), error="is none of {choices}")
    )
    language = fields.String(
        load_default=None, validate=validate.Regexp(r"[A-Za-z-]{2,8}\Z", error="is no language code, such as en")
    )
    text = fields.String(
        data_key="q",
        load_default=None,
        validate=[validate.Length(max=200, error="has more than {max} characters"), check_stored_text],
    )
    before = fields.String(load_default=None)

    @pre_load
    def drop_empty(self, data: MultiDict[str, str], **kwargs: Any) -> dict[str, str]:
        """Return the last parameter of each name that is not empty."""
        return {name: values[-1].strip() for name, values in data.lists() if values[-1].strip()}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a dashboard.

    `first` to `last` are its days, `days` is the quick range that they follow from, if they do. `posts` chooses the
    posts of the list, `before` is the cursor of its page, `None` for the newest posts.
    """

    first: date
    last: date
    days: str | None
    posts: PostFilter
    before: PostCursor | None

    @property
    def length(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> tuple[date, date]:
        """The first and last day of the period of the same length before this one."""
        return shifted(self.first, -self.length), shifted(self.first, -1)

    def range_parameters(self) -> dict[str, str]:
        """Return the parameters of the URL for the days."""
        return {"days": self.days} if self.days else {"from": self.first.isoformat(), "to": self.last.isoformat()}

    def post_parameters(self) -> dict[str, str]:
        """Return the parameters of the URL that choose the posts."""
        values = {name: getattr(self.posts, name) for name in POST_PARAMETERS}
        return {"q" if name == "text" else name: value for name, value in values.items() if value}

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the URL for the days and the posts, without the position in the list."""
        return self.range_parameters() | self.post_parameters()


def read_filters(arguments: MultiDict[str, str], first_day: date, last_day: date) -> Filters:
    """Return the filters in the query string `arguments` of a company with posts from `first_day` to `last_day`.

    Quick ranges end on the last day with posts. Aborts with 400 for invalid parameters, for a range upside down and for
    one of more than `MAX_DAYS` days.
    """
    try:
        values = FiltersSchema().load(arguments)
    except ValidationError as error:
        reasons = [f"“{name}” {messages[0]}" for name, messages in error.normalized_messages().items()]
        abort(400, message=f"The address has a wrong filter: {'; '.join(reasons)}.")
    first, last, days = _range(values["first"], values["last"], values["days"], first_day, last_day)
    if first > last:
        abort(400, message=f"The first day, {first}, is after the last one, {last}.")
    if (last - first).days >= MAX_DAYS:
        abort(400, message=f"From {first} to {last} are more than {MAX_DAYS} days.")
    return Filters(
        first=first,
        last=last,
        days=days,
        posts=PostFilter(first=first, last=last, **{name: values[name] for name in POST_PARAMETERS}),
        before=_cursor(values["before"]),
    )


def _range(
    first: date | None, last: date | None, days: str | None, first_day: date, last_day: date
) -> tuple[date, date, str | None]:
    if first or last:
        return first or min(first_day, last or first_day), last or max(last_day, first or last_day), None
    days = days or str(DEFAULT_DAYS)
    earliest = shifted(last_day, 1 - MAX_DAYS)
    return max(first_day, earliest) if days == ALL_DAYS else shifted(last_day, 1 - int(days)), last_day, days


def _cursor(text: str | None) -> PostCursor | None:
    try:
        return PostCursor.parse(text) if text else None
    except ValueError:
        abort(400, message="The address has a wrong position in the list of posts.")
