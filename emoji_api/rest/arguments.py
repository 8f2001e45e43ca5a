"""Where a request's arguments are read from, and what is refused before a schema sees them."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import flask_smorest
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.core import is_json
from webargs.flaskparser import FlaskParser, abort


class ArgumentsParser(FlaskParser):
    """Arguments come from the query of a GET, or from the JSON body of any method; none is ignored.

    A GET may carry them in a JSON body instead of its query.
    """

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query, or else the body. Aborts with 400, 413, 415 or 422."""
        query = _query(req)
        body = _body(req)
        if body is None:
            return {name: _read_word(schema, name, word) for name, word in query.items()}
        if query:
            _refuse(422, {"query": {name: ["Given in the query beside a JSON body."] for name in query}})
        return body

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. Aborts with 400, 413, 415 or 422."""
        if query := _query(req):
            _refuse(422, {"query": {name: ["Unknown field."] for name in query}})
        body = _body(req)
        return {} if body is None else body

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Aborts with 422 and what the schema says of each field."""
        _refuse(422, error.messages_dict)


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with this parser."""

    ARGUMENTS_PARSER = ArgumentsParser(unknown=RAISE)


def _read_word(schema: Schema, name: str, word: str) -> Any:
    """A value of a query, which has words only, as JSON would have it; as it is where its field reads no words."""
    field: Any = schema.fields.get(name)
    return field.read_word(word) if hasattr(field, "read_word") else word


def _query(req: Request) -> dict[str, str]:
    """The query string's values by name."""
    if not req.query_string:
        return {}
    try:
        # werkzeug keeps what it cannot decode as it is, and that would be answered as if it were the text
        unquote_to_bytes(req.query_string).decode("utf-8")
    except UnicodeDecodeError:
        _refuse(400, {"query": {"_schema": ["Not UTF-8."]}})
    for name, values in req.args.lists():
        if len(values) > 1:
            _refuse(422, {"query": {name: ["Given more than once."]}})
    return req.args.to_dict()


def _body(req: Request) -> Any:
    """The JSON body, `None` when there is none."""
    data = req.get_data(cache=True)
    if not data:
        return None
    if req.content_length is None and len(data) >= (req.max_content_length or len(data) + 1):
        abort(413)  # a body sent in chunks is cut at the limit, not refused
    if not is_json(req.mimetype):
        _refuse(415, {"headers": {"Content-Type": ["Not application/json."]}})
    try:
        body = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # also too deep, or a number too long to read
        _refuse(400, {"json": {"_schema": ["Not JSON in UTF-8."]}})
    if not isinstance(body, dict):
        _refuse(422, {"json": {"_schema": ["Not a JSON object."]}})
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse(code: int, errors: dict[str, Any]) -> NoReturn:
    abort(code, message="The request cannot be answered as it is; errors says why.", errors=errors)
