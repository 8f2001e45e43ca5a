"""The tiny network, and texts that it is confident about."""

from tests.drift.conftest import classifier, texts_of

__all__ = ["classifier", "texts_of"]
