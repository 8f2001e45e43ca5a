"""Predictions of the tested bundle, and the count of rows that fail."""

import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import PHRASE
from tests.behaviour.rows import Row

MIN_OVERLAP = 0.5
"""Word overlap (Jaccard index) from which two phrases count as the same."""

TALLIES: list["Tally"] = []
"""Tallies of the running test; `conftest.py` reports them."""


@dataclass(frozen=True)
class Tally:
    """Number of rows in a test, and one line for each row that failed."""

    total: int
    failures: list[str]

    def __post_init__(self) -> None:
        TALLIES.append(self)

    @property
    def pass_rate(self) -> float:
        """Share of rows that passed, 0 to 1."""
        return 1 - len(self.failures) / self.total

    def __str__(self) -> str:
        passed = self.total - len(self.failures)
        return "\n".join([f"{passed} of {self.total} rows pass ({self.pass_rate:.1%}); failures:", *self.failures])


def predict(classifier: Classifier, task: str, texts: Iterable[str], rows: Iterable[Row]) -> list[Any]:
    """Return the answers of `task` to `texts`; a phrase is extracted for the sentiment in its row.

    Skips the test if the bundle lacks the task.
    """
    if task not in classifier.bundle.tasks:
        pytest.skip(f"the bundle has no task {task}; it has {', '.join(classifier.bundle.tasks)}")
    sentiments = {"sentiment": [row["sentiment"] for row in rows]} if task == PHRASE.name else {}
    return [answers[task] for answers in classifier.analyse(list(texts), tasks=[task], **sentiments)]


def describe(answer: Any) -> str:
    """Return the label or phrase of an answer with its confidence, in one line."""
    return f"{getattr(answer, 'label', None) or repr(answer.text)} {answer.confidence:.2f}"


def word_overlap(first: str, second: str) -> float:
    """Return the Jaccard index of the words of two phrases, ignoring case and surrounding punctuation."""
    words = [{word.strip(string.punctuation).lower() for word in text.split()} - {""} for text in (first, second)]
    return len(words[0] & words[1]) / max(1, len(words[0] | words[1]))
