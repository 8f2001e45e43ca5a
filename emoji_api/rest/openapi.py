"""The OpenAPI document, and Swagger UI's place in it."""

from typing import Any

import flask_smorest
from flask import Flask
from marshmallow import fields

from emoji_api.rest.admin import SCHEME, SCHEME_DOCUMENT
from emoji_api.rest.errors import ErrorHandlerMixin
from emoji_api.rest.fields import AtMost, Names

OPENAPI = {
    "API_TITLE": "emoji API",
    "API_VERSION": "1.0",
    "OPENAPI_VERSION": "3.0.3",  # the newest that the packaged Swagger UI reads
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "OPENAPI_SWAGGER_UI_PATH": "swagger-ui",
    # relative, so that it also holds behind a proxy that serves this under a path
    "OPENAPI_SWAGGER_UI_URL": "swagger-ui/",
    "OPENAPI_SWAGGER_UI_CONFIG": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "validatorUrl": None,  # would ask a server elsewhere
    },
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Ask a tweet what it feels. The answer is an emoji.",
            "license": {"name": "MIT"},
        }
    },
}


class OpenApi(ErrorHandlerMixin, flask_smorest.Api):
    """flask-smorest's API, whose document shows the limits that the settings put on texts and batches."""

    def __init__(self, app: Flask):
        super().__init__(app)
        self.ma_plugin.converter.add_attribute_function(_limits)
        self.ma_plugin.converter.add_parameter_attribute_function(_comma_separated)
        self.spec.components.security_scheme(SCHEME, SCHEME_DOCUMENT)


def _limits(self: Any, field: fields.Field[Any], **kwargs: Any) -> dict[str, int]:
    for validator in field.validators:
        if isinstance(validator, AtMost):
            noun = "Items" if isinstance(field, fields.List) else "Length"
            return {f"min{noun}": 1, f"max{noun}": validator.maximum}
    return {}


def _comma_separated(self: Any, field: fields.Field[Any], **kwargs: Any) -> dict[str, bool]:
    return {"explode": False} if isinstance(field, Names) else {}
