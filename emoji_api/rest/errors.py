"""What went wrong, as HTTP: the one place that knows the status of each error."""

from typing import Any

from flask import Flask, current_app, g, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from emoji_api.errors import (
    BundleError,
    DatabaseUnavailable,
    DependencyMissing,
    EmojiApiError,
    InvalidText,
    RegistryError,
    ReloadRefused,
    ReloadRunning,
    TrainerMissing,
    TrainerNotStarted,
    TrainingEnded,
    TrainingRunning,
    UnknownLabel,
    UnknownTask,
    UnknownTraining,
)

STATUS: dict[type[EmojiApiError], tuple[int, str]] = {
    InvalidText: (422, "Unprocessable Entity"),
    UnknownTask: (404, "Not Found"),
    UnknownLabel: (422, "Unprocessable Entity"),
    DatabaseUnavailable: (503, "Service Unavailable"),
    ReloadRefused: (409, "Conflict"),
    ReloadRunning: (503, "Service Unavailable"),
    BundleError: (503, "Service Unavailable"),
    RegistryError: (503, "Service Unavailable"),
    DependencyMissing: (503, "Service Unavailable"),
    TrainerMissing: (501, "Not Implemented"),
    TrainerNotStarted: (503, "Service Unavailable"),
    TrainingRunning: (409, "Conflict"),
    TrainingEnded: (409, "Conflict"),
    UnknownTraining: (404, "Not Found"),
}
RETRY_AFTER_SECONDS = 30


def register_error_handlers(app: Flask) -> None:
    """Answers this package's own errors with flask-smorest's error document."""
    for error in STATUS:
        app.register_error_handler(error, _answer)


def _answer(error: EmojiApiError) -> ResponseReturnValue:
    code, status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if code == 503 else {}
    document: dict[str, Any] = {"code": code, "status": status, "message": str(error)}
    if isinstance(error, TrainingRunning):
        headers["Location"] = url_for("training.get_training", id=error.number)
        document["errors"] = {"training": {"running": [headers["Location"]]}}
    return document, code, headers


class ErrorHandlerMixin:
    """flask-smorest's error document, with a message in every one and the headers that the status asks for."""

    def handle_http_exception(self, error: HTTPException) -> ResponseReturnValue:
        """The document of `error`. Never has a trace of the code: a caller quotes the request's id instead."""
        document, code, headers = super().handle_http_exception(error)  # type: ignore[misc]
        document.setdefault("message", error.description)
        if isinstance(error, InternalServerError):
            document["errors"] = {"request_id": g.request_id}
            current_app.logger.error("request %s failed, see the exception above", g.request_id)
        return document, code, {**_own_headers(error), **(headers or {})}


def _own_headers(error: HTTPException) -> dict[str, Any]:
    """Such as Allow of a 405."""
    return {name: value for name, value in error.get_headers() if name != "Content-Type"}
