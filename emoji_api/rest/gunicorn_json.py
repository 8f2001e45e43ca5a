"""gunicorn's logger and worker, with JSON log lines and a JSON error document.

Both override methods of gunicorn that are not documented as stable: pyproject.toml restricts its version.
"""

import json
import logging
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestLine
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from emoji_api.logs import JsonFormatter, configure_logging
from emoji_api.rest.request_id import HEADER


class JsonLogger(Logger):
    """Logs gunicorn's messages, the application's messages and requests as one JSON object per line."""

    def setup(self, cfg: Config) -> None:
        """Configure logging. gunicorn's options, such as `--log-level` and `--access-logfile`, keep their meaning."""
        super().setup(cfg)
        configure_logging(logging.getLevelName(self.loglevel))
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
        for handler in self.access_log.handlers:
            handler.setFormatter(JsonFormatter(fields=("asctime",)))

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        """Log a request that was answered. The query is left out, because it contains the users' texts."""
        headers = {name.lower(): value for name, value in resp.headers}
        self.access_log.info(
            {
                "request_id": headers.get(HEADER.lower()),
                "remote": environ.get("REMOTE_ADDR"),
                "method": environ.get("REQUEST_METHOD"),
                "path": environ.get("PATH_INFO"),
                "status": resp.status_code,
                "bytes": resp.sent,
                "milliseconds": round(request_time.total_seconds() * 1000, 2),
                "user_agent": environ.get("HTTP_USER_AGENT"),
            }
        )


class JsonWorker(ThreadWorker):
    """A threaded worker that answers a request line that is too long with the API's error document."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be parsed."""
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
