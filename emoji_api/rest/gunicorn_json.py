"""What gunicorn itself says, as JSON: its access log, and its answer to what never reaches the application."""

import json
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestLine
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from emoji_api.rest.request_id import HEADER


class JsonLogger(Logger):
    """One JSON object a line for each request. The query is left out: it has what people write."""

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        """Logs a request that was answered."""
        headers = {name.lower(): value for name, value in resp.headers}
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": headers.get(HEADER.lower()),
            "remote": environ.get("REMOTE_ADDR"),
            "method": environ.get("REQUEST_METHOD"),
            "path": environ.get("PATH_INFO"),
            "status": resp.status_code,
            "bytes": resp.sent,
            "milliseconds": round(request_time.total_seconds() * 1000, 2),
            "user_agent": environ.get("HTTP_USER_AGENT"),
        }
        self.access_log.info("%s", json.dumps(line, ensure_ascii=False))


class JsonWorker(ThreadWorker):
    """A threaded worker that also refuses too long an address with the error document."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answers a request that could not be read."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        message = f"The address has more than {exc.max_size} bytes; POST the text instead."
        body = json.dumps({"code": 414, "status": "Request URI Too Long", "message": message})
        head = (
            "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        write_nonblock(client, (head + body).encode())
