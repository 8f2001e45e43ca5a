"""Watched companies."""

from typing import Any

from marshmallow import Schema, fields, validate

from emoji_api.database.extension import served_database
from emoji_api.rest.access import reader
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import Count
from emoji_api.rest.resource import Arguments
from emoji_api.watch.queries import CompanySummary, read_companies, read_company


class CompaniesPageSchema(Schema):
    """A page of the list of companies."""

    limit = Count(
        load_default=20,
        validate=validate.Range(1, 100),
        metadata={"description": "maximum number of companies in the answer", "example": 20},
    )
    offset = Count(
        load_default=0,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "number of companies to skip", "example": 0},
    )


class CompanySchema(Schema):
    """A watched company. The options of its source are not shown: they may have internal addresses."""

    name = fields.String(required=True, metadata={"example": "Nimbus"})
    query = fields.String(
        required=True, metadata={"description": "what its posts are searched by", "example": "nimbus coffee"}
    )
    source = fields.String(required=True, metadata={"description": "where they are searched", "example": "bluesky"})
    created_at = fields.AwareDateTime(required=True)
    collected_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "end of the last collection"}
    )
    first_day = fields.Date(required=True, allow_none=True, metadata={"description": "first day (UTC) with statistics"})
    last_day = fields.Date(required=True, allow_none=True, metadata={"description": "last day (UTC) with statistics"})


class CompaniesSchema(Schema):
    """A page of companies, by name."""

    companies = fields.List(fields.Nested(CompanySchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "number of all companies", "example": 5})


blp = Blueprint("companies", __name__, url_prefix="/companies", description="Posts about companies")


@blp.get("")
@reader
@blp.arguments(CompaniesPageSchema(), location="query")
@blp.response(200, CompaniesSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="List the watched companies, by name")
def get_companies(arguments: Arguments) -> dict[str, Any]:
    with served_database().session() as session:
        companies, total = read_companies(session, **arguments)
    return {"companies": companies, "total": total}


@blp.get("/<name>")
@reader
@blp.response(200, CompanySchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="Get a watched company")
def get_company(name: str) -> CompanySummary:
    with served_database().session() as session:
        return read_company(session, name)
