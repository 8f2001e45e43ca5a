"""Emotion recognition in tweets, answered with an emoji.

>>> from emoji_api import load_classifier
>>> classifier = load_classifier()
>>> classifier.classify("finally home, best day ever!!")[0].emoji
'😂'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emoji_api.inference import Classification, Classifier, Phrase, load_classifier

__version__ = "1.0.0"

__all__ = ["Classification", "Classifier", "Phrase", "__version__", "load_classifier"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `emoji-api --help` needs neither NumPy nor ONNX Runtime."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from emoji_api import inference

    return getattr(inference, name)


def __dir__() -> list[str]:
    return __all__
