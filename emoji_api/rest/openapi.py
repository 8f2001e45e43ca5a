"""The OpenAPI document, and Swagger UI to browse it."""

from contextlib import suppress
from importlib.resources import files
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, Response, redirect, send_from_directory, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from emoji_api.errors import EmojiApiError
from emoji_api.rest import access, admin
from emoji_api.rest.batches import AnswerOrError
from emoji_api.rest.error_examples import ERROR_RESPONSES
from emoji_api.rest.errors import ErrorHandlerMixin
from emoji_api.rest.fields import LengthLimit, TaskName
from emoji_api.rest.serving import served_model
from emoji_api.tasks import TASKS

TAGS = {
    "tweets": "Ask about a tweet, or a batch of them: emotion, sentiment, hate, finance, emoji, or all at once.",
    "models": "Read the model card of the served model, or load another model.",
    "training": "Start a training, follow it and cancel it.",
    "feedback": "Send the correct label of a tweet.",
    "companies": "Watch companies, and read their posts and the statistics of each day.",
    "labels": "Label posts about companies by hand, and measure the model on them.",
    "health": "Check whether the process is alive and can answer.",
}
"""The groups of operations, in the order in which they are shown, and a sentence about each."""
DESCRIPTION = (
    "Classifies tweets: emotion as an emoji, sentiment, hate speech, financial topic and more. **No key is needed to "
    "ask**, to send feedback or to read the model card. An admin key is needed to load or train a model, to add or "
    "remove companies and to label posts; a watch key to read companies, where the service has set one."
)

OPENAPI = {
    "API_TITLE": "emoji API",
    "API_VERSION": "1.0",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "OPENAPI_SWAGGER_UI_PATH": "swagger-ui",
    # relative, so that it works behind a proxy that adds a path prefix
    "OPENAPI_SWAGGER_UI_URL": "swagger-ui/",
    "OPENAPI_SWAGGER_UI_CONFIG": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "syntaxHighlight": {"theme": "obsidian"},  # has more contrast than the default
        "validatorUrl": None,  # the default is a server on the internet
    },
    "API_SPEC_OPTIONS": {
        "info": {"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
    },
}
CACHE_SECONDS = 24 * 60 * 60
DOCUMENT_ENDPOINT = "api-docs.openapi_json"
PAGE_ENDPOINT = "api-docs.openapi_swagger_ui"

swagger_ui = Blueprint("swagger-ui", __name__)


class OpenApi(ErrorHandlerMixin, flask_smorest.Api):
    """flask-smorest's API with error examples, the limits of the settings, the model's tasks, and local Swagger UI."""

    def __init__(self, app: Flask):
        super().__init__(app)
        self.ma_plugin.converter.add_attribute_function(_length_limits)
        self.ma_plugin.converter.add_attribute_function(_task_names)
        for name, scheme in {admin.SCHEME: admin.SCHEME_DOCUMENT, **access.SCHEMES}.items():
            self.spec.components.security_scheme(name, scheme)
        self.ma_plugin.converter.add_attribute_function(_answer_or_error)
        for name, response in ERROR_RESPONSES.items():
            self.spec.components.response(name, response.to_openapi(self.ERROR_SCHEMA), lazy=True)
        app.register_blueprint(swagger_ui)


@swagger_ui.get("/docs")
@swagger_ui.get("/swagger-ui/")
def swagger_ui_home() -> BaseResponse:
    """Redirect to Swagger UI."""
    return redirect(url_for(PAGE_ENDPOINT))


@swagger_ui.get("/swagger-ui/<path:name>")
def swagger_ui_file(name: str) -> Response:
    """Send a style sheet or script of Swagger UI from the installed package."""
    return send_from_directory(str(files("flask_swagger_ui") / "dist"), name, max_age=CACHE_SECONDS)


def _length_limits(self: Any, field: fields.Field[Any], **kwargs: Any) -> dict[str, int]:
    """Return the OpenAPI keywords of a length that a setting limits."""
    for validator in field.validators:
        if isinstance(validator, LengthLimit):
            noun = "Items" if isinstance(field, fields.List) else "Length"
            return {f"min{noun}": 1, f"max{noun}": validator.maximum}
    return {}


def _answer_or_error(self: Any, field: fields.Field[Any], **kwargs: Any) -> dict[str, Any]:
    """Return the schemas of an answer and of the error in its place."""
    if not isinstance(field, AnswerOrError):
        return {}
    return {"oneOf": [self.resolve_nested_schema(type(schema)) for schema in field.schemas]}


def _task_names(self: Any, field: fields.Field[Any], **kwargs: Any) -> dict[str, list[str]]:
    """Return the enum of a task's name: the built-in tasks, and those of the model that is served at the start."""
    if not isinstance(field, TaskName):
        return {}
    tasks = dict(TASKS)
    with suppress(EmojiApiError):  # no model can be served
        tasks |= served_model().classifier.bundle.tasks
    return {"enum": [name for name, task in tasks.items() if field.kind in (None, task.kind)]}
