"""Directional expectation tests: a change of meaning moves a label's score the right way.

CheckList (Ribeiro et al., 2020, https://arxiv.org/abs/2005.04118).
"""

from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import EMOTION, PHRASE
from tests.behaviour.answers import Tally, predict, word_overlap
from tests.behaviour.known_failures import known_failure
from tests.behaviour.rows import Row, read, tasks_with

MIN_CHANGE = 0.01  # int8 products round differently on other processors, by less than this
MIN_PASS_RATE = 0.8
MIN_PASS_RATE_BY_TASK = {EMOTION.name: 1.0}
KNOWN = {PHRASE.name: known_failure("8 of 11 rows pass")}


def score(task: str, answer: Any, row: Row) -> float:
    """Return the score of the row's label; for a phrase, its word overlap with the row's phrase."""
    return word_overlap(answer.text, row["phrase"]) if task == PHRASE.name else answer.scores[row["label"]]


@pytest.mark.parametrize("task", [pytest.param(task, marks=KNOWN.get(task, ())) for task in tasks_with("directional")])
def test_change_of_meaning_moves_the_score(classifier: Classifier, task: str) -> None:
    rows = read(task, "directional")
    original = predict(classifier, task, [row["text"] for row in rows], rows)
    changed = predict(classifier, task, [row["changed"] for row in rows], rows)
    failures = []
    for row, answer, changed_answer in zip(rows, original, changed, strict=True):
        before, after = score(task, answer, row), score(task, changed_answer, row)
        if (after - before if row["direction"] == "rises" else before - after) < MIN_CHANGE:
            subject = row.get("phrase") or row["label"]
            failures.append(f"{subject} {before:.2f} -> {after:.2f}, expected: {row['direction']}: {row['changed']}")
    tally = Tally(len(rows), failures)
    assert tally.pass_rate >= MIN_PASS_RATE_BY_TASK.get(task, MIN_PASS_RATE), str(tally)
