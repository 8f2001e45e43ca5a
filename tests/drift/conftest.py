"""The tiny network, and texts of which it is sure."""

import random

import pytest

from emoji_api.inference import load_classifier
from tests.tiny import WORDS, sentence


@pytest.fixture(scope="session")
def classifier(tiny_bundle):
    return load_classifier(tiny_bundle)


@pytest.fixture(scope="session")
def texts_of():
    """So many sentences of these emotions; another seed gives others."""

    def make(count, *emotions, seed=0):
        rng = random.Random(seed)
        chosen = [" ".join(WORDS[emotion]) for emotion in emotions or WORDS]
        return [" ".join(sentence(chosen[number % len(chosen)], rng)) for number in range(count)]

    return make
