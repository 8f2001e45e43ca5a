"""Pages from templates, compressed, with security headers."""

import gzip
from typing import Any

from flask import Response, make_response, render_template, request

from emoji_api.pages.security import add_security_headers

COMPRESSION_LEVEL = 6


def render_page(template: str, status: int = 200, **context: Any) -> Response:
    """Return the page of `template`."""
    return make_page(make_response(render_template(template, **context), status))


def make_page(response: Response) -> Response:
    """Add the headers of a page. Browsers ask for it again each time: its figures change with each collection."""
    response.headers["Cache-Control"] = "private, no-cache"
    add_security_headers(response)
    _compress(response)
    return response


def _compress(response: Response) -> None:
    """Compress the page if the client accepts gzip.

    What only some may read is not compressed: with text from the address next to it, its size tells about it (BREACH,
    https://www.breachattack.com).
    """
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and "Authorization" not in request.headers:
        response.set_data(gzip.compress(response.get_data(), COMPRESSION_LEVEL, mtime=0))
        response.content_encoding = "gzip"
