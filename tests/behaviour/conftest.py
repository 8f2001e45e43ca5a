"""The bundle under test: the shipped one, or the one that `emoji-api behave` names in the environment."""

import os
from collections.abc import Iterator

import pytest

from emoji_api import Classifier, load_classifier
from tests.behaviour.answers import TALLIES


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load_classifier(os.environ.get("EMOJI_API_BEHAVIOUR_MODEL"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Record in the test report how many rows were tested and how many failed; `emoji-api behave` reads it."""
    TALLIES.clear()
    try:
        return (yield)
    finally:
        if TALLIES:
            item.user_properties.append(("rows", sum(tally.total for tally in TALLIES)))
            item.user_properties.append(("failed", sum(len(tally.failures) for tally in TALLIES)))
