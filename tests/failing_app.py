"""The application with a view that fails, for gunicorn."""

import warnings

from flask import Flask

from emoji_api import app


def create_app() -> Flask:
    """Return the application with `/fail`, which emits a warning and raises an exception."""
    failing = app.create_app()

    @failing.get("/fail")
    def fail() -> str:
        warnings.warn("this view will fail", stacklevel=1)
        raise RuntimeError("failed on purpose 😱")

    return failing
