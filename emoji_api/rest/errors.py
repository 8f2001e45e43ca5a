"""Mapping of errors to HTTP: the status and the error document of each.

The document that answers the current request is `g.error_document` too: pages show it to browsers.
"""

from typing import Any

from flask import Flask, current_app, g, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from emoji_api.errors import (
    BundleError,
    CompanyExists,
    DatabaseUnavailable,
    DependencyMissing,
    EmojiApiError,
    ExplanationTooLarge,
    InvalidCompany,
    InvalidRange,
    InvalidText,
    NoEmotionUnknown,
    NotLabelable,
    PostLabelled,
    RegistryError,
    ReloadRefused,
    ReloadRunning,
    SourceError,
    SourceMissing,
    TrainerMissing,
    TrainerNotStarted,
    TrainingEnded,
    TrainingRunning,
    TweetFileError,
    UnknownCompany,
    UnknownLabel,
    UnknownPost,
    UnknownPostLabel,
    UnknownTask,
    UnknownTraining,
    UnknownTweetFormat,
)

STATUS: dict[type[EmojiApiError], tuple[int, str]] = {
    InvalidText: (422, "Unprocessable Entity"),
    UnknownTask: (404, "Not Found"),
    NoEmotionUnknown: (404, "Not Found"),
    ExplanationTooLarge: (422, "Unprocessable Entity"),
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
    UnknownCompany: (404, "Not Found"),
    CompanyExists: (409, "Conflict"),
    UnknownPost: (404, "Not Found"),
    InvalidRange: (422, "Unprocessable Entity"),
    InvalidCompany: (422, "Unprocessable Entity"),
    NotLabelable: (404, "Not Found"),
    UnknownPostLabel: (404, "Not Found"),
    PostLabelled: (409, "Conflict"),
    SourceError: (422, "Unprocessable Entity"),
    SourceMissing: (501, "Not Implemented"),
    TweetFileError: (422, "Unprocessable Entity"),
    UnknownTweetFormat: (415, "Unsupported Media Type"),
}
RETRY_AFTER_SECONDS = 30


def register_error_handlers(app: Flask) -> None:
    """Answer the package's own errors with flask-smorest's error document."""
    for error in STATUS:
        app.register_error_handler(error, _answer)


def error_document(error: EmojiApiError, message: str) -> dict[str, Any]:
    """Return flask-smorest's error document for `error`."""
    code, status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return {"code": code, "status": status, "message": message}


def _answer(error: EmojiApiError) -> ResponseReturnValue:
    # folders of the server are for admins only
    document = error_document(error, str(error) if g.get("is_admin") else error.public_message)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if document["code"] == 503 else {}
    if isinstance(error, TrainingRunning):
        headers["Location"] = url_for("training.get_training", id=error.training_id)
        document["errors"] = {"training": {"running": [headers["Location"]]}}
    g.error_document = document
    return document, document["code"], headers


class ErrorHandlerMixin:
    """flask-smorest's error handler, with a message in every document and the error's own headers."""

    def handle_http_exception(self, error: HTTPException) -> ResponseReturnValue:
        """Return the error document. That of a 500 has the request's id, which the log has too, and no traceback."""
        document, code, headers = super().handle_http_exception(error)  # type: ignore[misc]
        document.setdefault("message", error.description)
        if isinstance(error, InternalServerError):
            document["errors"] = {"request_id": g.request_id}
            current_app.logger.error("request %s failed, see the exception above", g.request_id)
        g.error_document = document
        return document, code, {**_own_headers(error), **(headers or {})}


def _own_headers(error: HTTPException) -> dict[str, Any]:
    """Return the error's headers except Content-Type, such as Allow of a 405."""
    return {name: value for name, value in error.get_headers() if name != "Content-Type"}
