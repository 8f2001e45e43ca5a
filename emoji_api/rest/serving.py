"""The served model as a Flask extension, and the response header that names its version."""

from urllib.parse import quote

from flask import Flask, Response, current_app, g

from emoji_api.inference.classifier import Classifier
from emoji_api.inference.serving import ModelServer
from emoji_api.inference.store import ModelStore
from emoji_api.rest.metrics import Metrics

EXTENSION = "emoji-api-model"
HEADER = "X-Model-Version"
HEADER_DOCUMENT = {HEADER: {"description": "version of the model that answered", "schema": {"type": "string"}}}


def init_app(app: Flask) -> None:
    """Load the model that the settings name, and follow the model store. Call it after any fork."""
    config, metrics = app.config, Metrics.of(app)
    server = ModelServer(
        model_path=config["MODEL_PATH"],
        store=ModelStore(config["MODEL_STORE"]),
        registry_uri=config["MODEL"],
        engine=config["ENGINE"],
        threads=config["THREADS"],
        reload_seconds=config["RELOAD_SECONDS"],
        on_loaded=lambda classifier: metrics.model_loaded(classifier.bundle.version, config["ENGINE"]),
        on_refused=lambda error: metrics.model_refused(),
        on_tokens=metrics.tokenised,
        logger=app.logger,
    )
    app.extensions[EXTENSION] = server
    app.after_request(_add_version_header)
    server.start()


def served_model() -> ModelServer:
    """Return the model server of the current application."""
    server: ModelServer = current_app.extensions[EXTENSION]
    return server


def answering_model() -> Classifier:
    """Return the classifier that answers the current request, and name its version in the response.

    Call it once per request: the model may be replaced between two calls.
    """
    classifier = served_model().classifier
    g.model_version = classifier.bundle.version
    return classifier


def _add_version_header(response: Response) -> Response:
    if version := g.get("model_version"):
        response.headers[HEADER] = quote(version, safe=":+/@ ")  # a version may have characters that a header may not
    return response
