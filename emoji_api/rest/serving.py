"""The model that this process serves, or the reason why it has none."""

from flask import Flask, current_app

from emoji_api.errors import EmojiApiError
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.rest.metrics import Metrics

EXTENSION = "emoji-api-model"


class ServedModel:
    """A Flask extension that loads the model once for each process."""

    def __init__(self, app: Flask):
        self._classifier: Classifier | None = None
        self.error: EmojiApiError | None = None
        self.load(app)
        app.extensions[EXTENSION] = self

    def load(self, app: Flask) -> None:
        """Loads the model that the settings name; keeps the error of one that cannot be served."""
        config = app.config
        try:
            self._classifier = load_classifier(config["MODEL_PATH"], engine=config["ENGINE"], threads=config["THREADS"])
        except EmojiApiError as error:
            self.error = error
            app.logger.error("not ready: %s", error)
        else:
            Metrics.of(app).model_loaded(self._classifier.bundle.version, config["ENGINE"])

    @property
    def classifier(self) -> Classifier:
        """The model. Raises the error that kept it from being loaded."""
        if self._classifier is None:
            raise self.error or RuntimeError("no model was loaded")
        return self._classifier


def served_model() -> ServedModel:
    """The model of the current application."""
    model: ServedModel = current_app.extensions[EXTENSION]
    return model
