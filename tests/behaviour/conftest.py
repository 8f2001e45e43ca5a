"""The network that ships."""

import pytest

from emoji_api import Classifier, load_classifier


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load_classifier()
