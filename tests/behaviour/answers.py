"""Asks the network that ships, and counts how often it is right."""

import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import PHRASE
from tests.behaviour.rows import Row

OVERLAP = 0.5
"""Two phrases whose words overlap so far are the same one."""


TALLIES: list["Tally"] = []
"""Those of the test that is running, for its report."""


@dataclass(frozen=True)
class Tally:
    """How many of `total` were right, and a line for each that was not."""

    total: int
    failures: list[str]

    def __post_init__(self) -> None:
        TALLIES.append(self)

    @property
    def share(self) -> float:
        """Of those that were right, 0 to 1."""
        return 1 - len(self.failures) / self.total

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.total - len(self.failures)} of {self.total} ({self.share:.1%}), not:", *self.failures]
        )


def ask(classifier: Classifier, task: str, texts: Iterable[str], rows: Iterable[Row]) -> list[Any]:
    """What `task` answers for `texts`, a phrase for its row's sentiment. Skips where the bundle lacks the task."""
    if task not in classifier.bundle.tasks:
        pytest.skip(f"the bundle that ships has no task {task}; it has {', '.join(classifier.bundle.tasks)}")
    given = {"sentiment": [row["sentiment"] for row in rows]} if task == PHRASE.name else {}
    return [answers[task] for answers in classifier.analyse(list(texts), tasks=[task], **given)]


def shown(answer: Any) -> str:
    """An answer in a line."""
    return f"{getattr(answer, 'label', None) or repr(answer.text)} {answer.confidence:.2f}"


def overlap(one: str, other: str) -> float:
    """Jaccard's index of the words of two phrases, 0 to 1; case and punctuation around words do not count."""
    words = [{word.strip(string.punctuation).lower() for word in text.split()} - {""} for text in (one, other)]
    return len(words[0] & words[1]) / max(1, len(words[0] | words[1]))
