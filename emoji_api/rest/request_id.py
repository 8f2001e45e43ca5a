"""Who asks, and since when: each request gets an id, which its response carries too."""

import re
import time
import uuid

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def init_app(app: Flask) -> None:
    """Begins each request with an id and a clock. Must come first: later hooks read both."""
    app.before_request(_begin)
    app.after_request(_echo)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    # anything else could forge lines of a log
    g.request_id = given if SANE.fullmatch(given) else uuid.uuid4().hex
    g.started = time.perf_counter()


def _echo(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
