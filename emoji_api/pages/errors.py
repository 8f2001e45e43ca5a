"""Errors as pages: what is wrong, and a way back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from emoji_api.errors import EmojiApiError
from emoji_api.pages.rendering import render_page
from emoji_api.rest.errors import RETRY_AFTER_SECONDS, error_document

View = Callable[..., ResponseReturnValue]


def html_errors(view: View) -> View:
    """Show the errors that `view` raises as pages. Place this decorator directly above the function."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except EmojiApiError as error:
            document = error_document(error, error.public_message)
            response = error_page(document["code"], document["status"], document["message"])
            if document["code"] == 503:
                response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response
        except HTTPException as error:
            if error.response is not None:  # such as a redirect
                raise
            response = error_page(error.code or 500, error.name, _message(error))
            response.headers.extend(_own_headers(error))
            return response

    return guarded


def error_page(code: int, status: str, message: str) -> Response:
    """Return the page of an HTTP error with the status `code`, its name, and a message for people."""
    return render_page("error.html", code, code=code, title=status, message=message)


def _message(error: HTTPException) -> str:
    """Return the message of an error that `webargs.flaskparser.abort` raised, or werkzeug's own."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    return str(data.get("message") or error.description)


def _own_headers(error: HTTPException) -> Headers:
    """Return the error's headers except Content-Type, such as WWW-Authenticate of a 401."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    headers = Headers(error.get_headers())
    headers.extend(data.get("headers") or {})
    headers.remove("Content-Type")
    return headers
