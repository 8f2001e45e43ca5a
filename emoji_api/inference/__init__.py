"""Text in, answers out. Knows neither Flask nor training."""

from emoji_api.inference.classifier import Classification, Classifier, load_classifier

__all__ = ["Classification", "Classifier", "load_classifier"]
