"""Plain texts get the answer that nobody would dispute (after Ribeiro et al., https://arxiv.org/abs/2005.04118)."""

from typing import Any

import pytest

from emoji_api import Classifier
from emoji_api.tasks import EMOJIS, EMOTION, PHRASE
from tests.behaviour.answers import OVERLAP, Tally, ask, overlap, shown
from tests.behaviour.expectations import short_of
from tests.behaviour.rows import NOTHING, Row, read, tasks_with

LEAST = 0.9
LEAST_OF = {EMOTION.name: 1.0}
UNSURE = 0.5  # a network that has nothing to go by is less confident than this
SHORT = {PHRASE.name: short_of("23 of 26, the others longer than the words that carry it")}
LIKELIEST = 3  # of the twenty emoji: nobody can tell one heart from the next


def is_right(task: str, answer: Any, row: Row) -> bool:
    if task == PHRASE.name:
        return overlap(answer.text, row["phrase"]) >= OVERLAP
    if row["label"] == NOTHING:
        return answer.confidence < UNSURE
    if task == EMOJIS.name:
        return row["label"] in sorted(answer.scores, key=answer.scores.__getitem__)[-LIKELIEST:]
    return answer.label == row["label"]


@pytest.mark.parametrize(
    "task", [pytest.param(task, marks=SHORT.get(task, ())) for task in tasks_with("minimum_functionality")]
)
def test_a_plain_text_has_its_answer(classifier: Classifier, task: str) -> None:
    rows = read(task, "minimum_functionality")
    answers = zip(rows, ask(classifier, task, [row["text"] for row in rows], rows), strict=True)
    failures = [
        f"{row.get('phrase') or row['label']} answered {shown(answer)}: {row['text']}"
        for row, answer in answers
        if not is_right(task, answer, row)
    ]
    tally = Tally(len(rows), failures)
    assert tally.share >= LEAST_OF.get(task, LEAST), f"right are {tally}"
