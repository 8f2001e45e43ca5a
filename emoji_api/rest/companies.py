"""Watched companies: list them, add one, remove one."""

from contextlib import suppress
from typing import Any

from flask import url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from emoji_api.database.extension import served_database
from emoji_api.errors import SourceUnauthorized
from emoji_api.rest.access import reader
from emoji_api.rest.admin import admin
from emoji_api.rest.arguments import Blueprint
from emoji_api.rest.fields import check_stored_text, page_schema
from emoji_api.rest.resource import ERRORS_WITH_BODY, Arguments, documents_errors
from emoji_api.watch import store
from emoji_api.watch.queries import CompanySummary, read_companies, read_company
from emoji_api.watch.sources import SOURCES, open_source

ERRORS = {status: name for status, name in ERRORS_WITH_BODY.items() if status != 404} | {
    409: "CONFLICT",
    501: "NOT_IMPLEMENTED",
}
LOCATION = {"Location": {"description": "path of the company", "schema": {"type": "string"}}}
FILE = "file"
HTTP_SOURCES = tuple(name for name in SOURCES if name != FILE)
FILE_REFUSED = (
    "A file is not read for a caller over HTTP. Use the command line: emoji-api watch add NAME --source file --query "
    "TEXT --option path=FILE"
)
HTTP_OPTIONS = {"rss": ("url",)}
"""Options of each source that a caller may choose. The others name a server that the credentials of the account are
sent to."""


def check_source(name: str) -> str:
    """Return `name`. Raise `ValidationError` unless it is a source that a caller may choose."""
    if name == FILE:
        raise ValidationError(FILE_REFUSED)
    validate.OneOf(HTTP_SOURCES)(name)
    return name


class NewCompanySchema(Schema):
    """A company to watch."""

    name = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "printable characters, without /", "example": "Nimbus"},
    )
    query = fields.String(
        required=True,
        validate=[validate.Length(1, 1_000), check_stored_text],
        metadata={
            "description": "what the posts are searched by, as the source defines it",
            "example": "nimbus coffee",
        },
    )
    source = fields.String(
        load_default="x",
        validate=check_source,
        metadata={"description": "where they are searched", "enum": list(HTTP_SOURCES), "example": "rss"},
    )
    options = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=[validate.Length(1, 2_000), check_stored_text]),
        load_default=dict,
        metadata={
            "description": "options of the source. rss: url, the HTTP addresses of feeds, separated by spaces. The "
            "others have none here",
            "example": {"url": "https://feeds.example/search?q={query}"},
        },
    )

    @validates_schema
    def check_options(self, data: Arguments, **kwargs: Any) -> None:
        """Raise `ValidationError` for an option that a caller may not choose."""
        accepted = HTTP_OPTIONS.get(data["source"], ())
        reason = f"Not an option of {data['source']} over HTTP, which has {', '.join(accepted) or 'none'}."
        if refused := data["options"].keys() - set(accepted):
            raise ValidationError({"options": {name: {"key": [reason]} for name in sorted(refused)}})


class CompanySchema(Schema):
    """A watched company. The options of its source are not shown: they may have internal addresses."""

    name = fields.String(required=True, metadata={"example": "Nimbus"})
    query = fields.String(
        required=True, metadata={"description": "what the posts are searched by", "example": "nimbus coffee"}
    )
    source = fields.String(required=True, metadata={"description": "where they are searched", "example": "rss"})
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


blp = Blueprint("companies", __name__, url_prefix="/companies")


@blp.get("")
@reader
@blp.arguments(page_schema("companies")(), location="query")
@blp.response(200, CompaniesSchema)
@blp.alt_response(400, "BAD_REQUEST")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="List the watched companies, by name")
def get_companies(arguments: Arguments) -> dict[str, Any]:
    with served_database().session() as session:
        companies, total = read_companies(session, **arguments)
    return {"companies": companies, "total": total}


@blp.post("")
@admin
@blp.arguments(NewCompanySchema())
@blp.response(201, CompanySchema, headers=LOCATION)
@documents_errors(blp, ERRORS)
@blp.doc(
    summary="Watch a company",
    description="Posts are searched by the next `emoji-api watch collect`, which also reports missing credentials of "
    "the source. That command sends requests to every address in `url`, also to internal ones. The status is 409 if "
    "there is a company of that name, and 501 if the source's library is not installed. The source `file`, and options "
    "that name another server of a platform, are left to the command line: they would read files of the server, and "
    "send the credentials of its account elsewhere.",
)
def post_company(arguments: Arguments) -> tuple[CompanySummary, int, dict[str, str]]:
    with suppress(SourceUnauthorized):  # the credentials may be set later, or on the machine that collects
        open_source(arguments["source"], arguments["options"])
    with served_database().session() as session:
        company = store.add_company(session, **arguments)
        summary = read_company(session, company.name)
    return summary, 201, {"Location": url_for("companies.get_company", name=company.name)}


@blp.get("/<name>")
@reader
@blp.response(200, CompanySchema)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="Get a watched company")
def get_company(name: str) -> CompanySummary:
    with served_database().session() as session:
        return read_company(session, name)


@blp.delete("/<name>")
@admin
@blp.response(204)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
@blp.doc(summary="Stop watching a company, and delete its posts and statistics")
def delete_company(name: str) -> None:
    with served_database().session() as session:
        store.remove_company(session, name)
