"""A watched company's days and phrases."""

from typing import Any

from flask import Response, current_app
from marshmallow import Schema, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.rest.access import reader
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count
from emoji_api.rest.resource import ERRORS, Arguments, documents_errors
from emoji_api.watch.queries import read_phrases
from emoji_api.watch.report import MAX_DAYS, read_report, to_json
from emoji_api.watch.store import get_company


class DaysRangeSchema(Schema):
    """A range of days."""

    first = fields.Date(
        data_key="from", metadata={"description": "first day (UTC); by default the first with statistics"}
    )
    last = fields.Date(data_key="to", metadata={"description": "last day (UTC); by default the last with statistics"})


class PhrasesQuerySchema(DaysRangeSchema):
    """The phrases to return."""

    limit = Count(
        load_default=20,
        validate=validate.Range(1, 200),
        metadata={"description": "maximum number of phrases in the answer", "example": 20},
    )


class ReportSchema(Schema):
    """Statistics of consecutive days."""

    company = fields.String(required=True, metadata={"example": "Nimbus"})
    methods = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "method of each figure"},
    )
    days = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "one object for each day: its date, the numbers of posts, shares with intervals by label, "
            "over-represented phrases, and example posts",
        },
    )


class PhraseSchema(Schema):
    """A phrase that more posts of a day have than the 28 days before let expect."""

    phrase = fields.String(required=True, metadata={"description": "in lower case", "example": "cold brew"})
    count = fields.Integer(
        required=True, metadata={"description": "number of posts that have it on these dates", "example": 7}
    )
    z = fields.Float(
        required=True, metadata={"description": "highest z-score of its log odds on these dates", "example": 3.21}
    )
    sentiment = fields.String(
        required=True, metadata={"description": "most frequent sentiment of these posts", "example": "positive"}
    )
    dates = fields.List(
        fields.Date(), required=True, metadata={"description": "days (UTC) on which it is over-represented"}
    )


class PhrasesSchema(Schema):
    """Phrases, those with the highest z-score first."""

    phrases = fields.List(fields.Nested(PhraseSchema), required=True)


blp = Blueprint("company_days", __name__, url_prefix="/companies/<name>", tag="companies")


@blp.get("/days")
@reader
@blp.arguments(DaysRangeSchema(), location="query")
@blp.response(200, ReportSchema)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Get a company's statistics of each day",
    description=f"The document is that of `emoji-api watch report --format json`, for at most {MAX_DAYS} days.",
)
def get_company_days(arguments: Arguments, name: str) -> Response:
    with served_database().session() as session:
        report = read_report(session, name, **arguments)
    # a Response is not filtered by the schema: the document is the same as on the command line
    return current_app.response_class(to_json(report), mimetype="application/json")


@blp.get("/phrases")
@reader
@blp.arguments(PhrasesQuerySchema(), location="query")
@blp.response(200, PhrasesSchema)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="List the phrases that are over-represented on a company's days",
    description=f"Each day is compared with the 28 days before. The range has at most {MAX_DAYS} days.",
)
def get_company_phrases(arguments: Arguments, name: str) -> dict[str, Any]:
    with served_database().session() as session:
        phrases = read_phrases(session, get_company(session, name), **arguments)
    return {"phrases": phrases}
