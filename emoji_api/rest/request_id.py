"""Request ids: each request gets one; its response and the log lines of the application carry it."""

import logging
import re
import time
import uuid

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""Request ids that are accepted from callers. Any other characters could forge log lines."""


def init_app(app: Flask) -> None:
    """Set `g.request_id` and `g.started` at the start of each request. Call it before other extensions use them."""
    app.before_request(_start)
    app.after_request(_add_header)
    app.logger.addFilter(_add_request_id)


def _start() -> None:
    sent = request.headers.get(HEADER, "")
    g.request_id = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
    g.started = time.perf_counter()


def _add_header(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response


def _add_request_id(record: logging.LogRecord) -> bool:
    """Add the id of the current request, if there is one, to a log record."""
    if g and "request_id" in g:
        record.request_id = g.request_id
    return True
