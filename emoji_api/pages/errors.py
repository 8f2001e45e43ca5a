"""Errors as pages for browsers: what is wrong, and a way back. Other clients get the document of `rest.errors`."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, g, render_template

from emoji_api.pages.negotiation import prefers_html
from emoji_api.pages.rendering import make_page

HEADLINES = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This address cannot be used like that",
    409: "This is not possible at the moment",
    413: "The request is too large",
    422: "Something in the request is wrong",
    500: "Something went wrong",
    503: "Not available at the moment",
}
"""Headline of the error page, by HTTP status. For other statuses it is the name of the status."""
LOCATIONS = ("json", "query", "headers", "_schema")
"""Keys of the errors of an argument that mean nothing to people."""


def init_app(app: Flask) -> None:
    """Answer errors with pages to clients that prefer HTML."""
    app.after_request(_negotiate)


def _negotiate(response: Response) -> Response:
    """Replace the error document in `response` by a page, with the same status and headers, for clients that ask so."""
    document: dict[str, Any] | None = g.get("error_document")
    if document is None:
        return response
    response.vary.add("Accept")
    if prefers_html():
        page = render_template("error.html", headline=_headline(document), details=_details(document), **document)
        response.set_data(page)
        response.mimetype = "text/html"
        make_page(response)
    return response


def _headline(document: Mapping[str, Any]) -> str:
    return HEADLINES.get(document["code"], document["status"])


def _details(document: Mapping[str, Any]) -> list[str]:
    """Return the errors of the arguments in an error document, such as "text: Is blank."."""
    errors = document.get("errors", {})
    return [] if "request_id" in errors else [": ".join(path) for path in _paths(errors)]


def _paths(errors: Any) -> Iterator[list[str]]:
    """Yield the keys that lead to each message, and the message."""
    if isinstance(errors, Mapping):
        for key, value in errors.items():
            for path in _paths(value):
                yield path if key in LOCATIONS else [str(key), *path]
    elif isinstance(errors, list):
        for message in errors:
            yield from _paths(message)
    else:
        yield [str(errors)]
