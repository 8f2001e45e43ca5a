"""How often a harmless sentence that names a group of people is taken for hate or offence."""

from collections import Counter

import pytest

from emoji_api import Classifier
from emoji_api.tasks import HATE, OFFENSIVE
from tests.behaviour.answers import Tally, ask, shown
from tests.behaviour.rows import read

MOST = {HATE.name: 0.15, OFFENSIVE.name: 0.15}
ROWS = read(HATE.name, "harmless")


@pytest.mark.parametrize("task", [HATE, OFFENSIVE], ids=lambda task: task.name)
def test_a_harmless_sentence_that_names_a_group_is_let_through(classifier: Classifier, task) -> None:
    answers = zip(ROWS, ask(classifier, task.name, [row["text"] for row in ROWS], ROWS), strict=True)
    accused = [(row, answer) for row, answer in answers if answer.label == task.labels[1]]
    tally = Tally(len(ROWS), [f"{row['group']} {shown(answer)}: {row['text']}" for row, answer in accused])
    groups = Counter(row["group"] for row, _ in accused).most_common()
    rate = 1 - tally.share
    message = (
        f"{rate:.1%} are false positives ({', '.join(f'{g} {n}' for g, n in groups) or 'none'}); right are {tally}"
    )
    print(message)  # `pytest -rP` shows the rate also where it is within the bound
    assert rate <= MOST[task.name], message
