"""False positives of hate and offence on harmless sentences that name a group of people."""

from collections import Counter

import pytest

from emoji_api import Classifier
from emoji_api.tasks import HATE, OFFENSIVE
from tests.behaviour.answers import Tally, describe, predict
from tests.behaviour.rows import read

MAX_FALSE_POSITIVE_RATE = 0.15
ROWS = read(HATE.name, "identity_terms")


@pytest.mark.parametrize("task", [HATE, OFFENSIVE], ids=lambda task: task.name)
def test_false_positive_rate_on_identity_terms(classifier: Classifier, task) -> None:
    answers = zip(ROWS, predict(classifier, task.name, [row["text"] for row in ROWS], ROWS), strict=True)
    false_positives = [(row, answer) for row, answer in answers if answer.label == task.labels[1]]
    failures = [f"{row['group']} {describe(answer)}: {row['text']}" for row, answer in false_positives]
    tally = Tally(len(ROWS), failures)
    groups = Counter(row["group"] for row, _ in false_positives).most_common()
    rate = 1 - tally.pass_rate
    by_group = ", ".join(f"{group} {count}" for group, count in groups) or "none"
    message = f"false positive rate {rate:.1%} (by group: {by_group}); {tally}"
    print(message)  # `pytest -rP` shows the rate of a passing test too
    assert rate <= MAX_FALSE_POSITIVE_RATE, message
