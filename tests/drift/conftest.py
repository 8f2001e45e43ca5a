"""Fixtures: the tiny bundle's classifier, and sentences that it answers with high confidence."""

import random

import pytest

from emoji_api.inference import load_classifier
from tests.tiny import WORDS, sentence


@pytest.fixture(scope="session")
def classifier(tiny_bundle):
    return load_classifier(tiny_bundle)


@pytest.fixture(scope="session")
def texts_of():
    """Return a function that makes `count` sentences of the emotions named, by default of all."""

    def make(count, *emotions, seed=0):
        rng = random.Random(seed)
        words = [" ".join(WORDS[emotion]) for emotion in emotions or WORDS]
        return [" ".join(sentence(words[number % len(words)], rng)) for number in range(count)]

    return make
