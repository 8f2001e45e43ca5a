"""Parser of request arguments, and the blueprint class that uses it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import flask_smorest
from flask import Request
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.core import is_json
from webargs.flaskparser import FlaskParser, abort

INVALID_REQUEST = "The request is not valid; see errors."
OWN_RESPONSES = {
    ("training", "NOT_FOUND"): "UNKNOWN_TRAINING",
    ("training", "CONFLICT"): "TRAINING_CONFLICT",
    ("models", "CONFLICT"): "RELOAD_REFUSED",
    ("companies", "NOT_FOUND"): "UNKNOWN_COMPANY",
    ("companies", "CONFLICT"): "COMPANY_EXISTS",
    ("labels", "NOT_FOUND"): "LABEL_NOT_FOUND",
    ("labels", "CONFLICT"): "POST_LABELLED",
    ("companies", "NOT_IMPLEMENTED"): "SOURCE_MISSING",
    ("company_days", "NOT_FOUND"): "UNKNOWN_COMPANY",
    ("company_posts", "NOT_FOUND"): "UNKNOWN_POST",
}
"""Response components that a blueprint documents in place of the general one."""


class ArgumentsParser(FlaskParser):
    """A parser of arguments from the query of a GET, or from the JSON body of any method.

    A GET may send a JSON body instead of a query. Unknown arguments are errors.
    """

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the arguments of a GET. Abort with 400, 413, 415 or 422 if they cannot be read."""
        query = _query(req, schema)
        body = _body(req)
        if body is None:
            return {name: _parse_query_value(schema, name, value) for name, value in query.items()}
        if query:
            _refuse(422, {"query": {name: ["Send either a query or a JSON body, not both."] for name in query}})
        return body

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the JSON body. Abort with 400, 413, 415 or 422 if it cannot be read."""
        if query := _query(req, schema):
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
        """Abort with 422 and the schema's messages by field."""
        _refuse(422, error.messages_dict)


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with `ArgumentsParser`. The `operationId` of each view is its endpoint's name.

    `tag` groups its operations in the OpenAPI document with those of other blueprints; by default it is the name.
    """

    ARGUMENTS_PARSER = ArgumentsParser(unknown=RAISE)

    def __init__(self, name: str, import_name: str, *, tag: str | None = None, **options: Any):
        super().__init__(name, import_name, **options)
        self.tag = tag or name

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Callable[..., Any] | None = None, **options: Any
    ) -> None:
        """Register the view, and document the tag, and its endpoint's name as `operationId`."""
        if view_func is not None:
            view_func = self.doc(operationId=endpoint or view_func.__name__)(view_func)
        super().add_url_rule(rule, endpoint, view_func, **{**options, "tags": [self.tag]})

    def alt_response(self, status_code: int, response: str | None = None, **kwargs: Any) -> Any:
        """Document an alternative response: the component `response`, or this blueprint's own in its place."""
        if response is not None:
            response = OWN_RESPONSES.get((self.name, response), response)
        return super().alt_response(status_code, response, **kwargs)


def is_utf8(encoded: bytes) -> bool:
    """Return whether URL-encoded parameters are UTF-8.

    werkzeug keeps other bytes undecoded, and they would be classified as if they were the text.
    """
    try:
        unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parse_query_value(schema: Schema, name: str, value: str) -> Any:
    """Return the JSON value that `value` of a query stands for, or `value` itself if its field is a string."""
    field: Any = schema.fields.get(name)
    return field.parse_query_value(value) if hasattr(field, "parse_query_value") else value


def _query(req: Request, schema: Schema) -> dict[str, str]:
    """Return the query's values by name; those of a repeated list parameter are joined by commas."""
    if not req.query_string:
        return {}
    if not is_utf8(req.query_string):
        _refuse(400, {"query": {"_schema": ["Not UTF-8."]}})
    query = dict(req.args.lists())
    for name, values in query.items():
        if len(values) > 1 and not isinstance(schema.fields.get(name), fields.List):
            _refuse(422, {"query": {name: ["Given more than once."]}})
    return {name: ",".join(values) for name, values in query.items()}


def _body(req: Request) -> Any:
    """Return the JSON object in the body, `None` if the body is empty."""
    data = req.get_data(cache=True)
    if not data:
        return None
    if req.content_length is None and len(data) >= (req.max_content_length or len(data) + 1):
        abort(413)  # werkzeug cuts a chunked body at the limit instead of refusing it
    if not is_json(req.mimetype):
        _refuse(415, {"headers": {"Content-Type": ["Not application/json."]}})
    try:
        body = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # RecursionError: nested too deeply
        _refuse(400, {"json": {"_schema": ["Not JSON in UTF-8."]}})
    if not isinstance(body, dict):
        _refuse(422, {"json": {"_schema": ["Not a JSON object."]}})
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse(code: int, errors: dict[str, Any]) -> NoReturn:
    abort(code, message=INVALID_REQUEST, errors=errors)
