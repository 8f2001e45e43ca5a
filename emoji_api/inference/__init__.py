"""Inference: texts in, answers out. Imports neither Flask nor the training code."""

from emoji_api.inference.answers import Classification, Phrase
from emoji_api.inference.classifier import Classifier, load_classifier

__all__ = ["Classification", "Classifier", "Phrase", "load_classifier"]
