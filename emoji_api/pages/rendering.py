"""Pages from templates, with security headers."""

from typing import Any

from flask import Response, make_response, render_template

from emoji_api.pages.security import add_security_headers


def render_page(template: str, status: int = 200, **context: Any) -> Response:
    """Return the page of `template`."""
    return make_page(make_response(render_template(template, **context), status))


def make_page(response: Response) -> Response:
    """Add the headers of a page. Browsers ask for it again each time: its figures change with each collection."""
    response.headers["Cache-Control"] = "private, no-cache"
    add_security_headers(response)
    return response
