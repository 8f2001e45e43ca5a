"""Emotion recognition in tweets, answered with an emoji.

>>> from emoji_api import load_classifier
>>> classifier = load_classifier()
>>> classifier.classify("finally home, best day ever!!")[0].emoji
'😂'
"""

from emoji_api.inference import Classification, Classifier, Phrase, load_classifier

__version__ = "1.0.0"

__all__ = ["Classification", "Classifier", "Phrase", "__version__", "load_classifier"]
