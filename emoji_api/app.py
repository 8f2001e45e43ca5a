"""The web application: settings, then extensions, then blueprints."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from emoji_api.database.extension import Database
from emoji_api.pages import extension as pages
from emoji_api.rest import (
    analysis,
    companies,
    company_days,
    company_posts,
    emojis,
    feedback,
    finance,
    hate,
    health,
    labels,
    metrics,
    models,
    request_id,
    sentiment,
    serving,
    training,
    tweets,
)
from emoji_api.rest.errors import register_error_handlers
from emoji_api.rest.openapi import OPENAPI, OpenApi
from emoji_api.settings import Settings, read_settings


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the Flask application with its model loaded. Call it in the process that serves, after any fork.

    `config` has settings by name in capitals, such as `{"MODEL_PATH": ...}`, which override the environment, and any
    configuration of Flask and its extensions. Raises `SettingsError` for an invalid setting. If the model cannot be
    loaded, nothing is raised: the application answers 503, and `/health/ready` gives the reason.

    The caller configures logging: gunicorn does so by `gunicorn_conf`; for another server, call
    `emoji_api.logs.configure_logging` first.
    """
    app = Flask(__name__)
    app.config.from_mapping(OPENAPI)
    app.config.from_mapping(config or {})
    settings = _settings(config or {})
    app.config.from_mapping({name.upper(): value for name, value in dataclasses.asdict(settings).items()})
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.logger.setLevel(settings.log_level.upper())
    app.json = _Utf8Json(app)

    request_id.init_app(app)
    Database(settings.database_url).init_app(app)
    metrics.init_app(app)
    register_error_handlers(app)
    serving.init_app(app)

    api = OpenApi(app)
    with app.app_context():  # the OpenAPI document has the limits of the settings
        for module in (
            tweets,
            sentiment,
            hate,
            finance,
            emojis,
            analysis,
            feedback,
            models,
            training,
            companies,
            company_days,
            company_posts,
            labels,
            health,
        ):
            api.register_blueprint(module.blp)
    app.register_blueprint(metrics.blp)
    pages.init_app(app)
    return app


def _settings(config: Mapping[str, Any]) -> Settings:
    names = {field.name for field in dataclasses.fields(Settings)}
    return read_settings({name.lower(): value for name, value in config.items() if name.lower() in names})


class _Utf8Json(DefaultJSONProvider):
    """JSON in UTF-8, with fields in the order of the schemas. Only lone surrogates, which UTF-8 lacks, are escaped."""

    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return `obj` as JSON."""
        return super().dumps(obj, **kwargs).encode("utf-8", "backslashreplace").decode("utf-8")
