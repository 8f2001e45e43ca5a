"""The files of the behaviour tests are well formed; no network is needed to find a slip."""

import pytest

from emoji_api.tasks import FINANCE_TOPIC, HATE, PHRASE, TASKS
from tests.behaviour.rows import NO_LABEL, read

MIN_ROWS = {"minimum_functionality": 20, "directional": 10, "invariance": 12}
COLUMNS = {
    "minimum_functionality": ["text", "label"],
    "directional": ["text", "changed", "label", "direction"],
    "invariance": ["text"],
}
PHRASE_COLUMNS = {
    "minimum_functionality": ["text", "sentiment", "phrase"],
    "directional": ["text", "changed", "sentiment", "phrase", "direction"],
    "invariance": ["text", "sentiment"],
}
each_task = pytest.mark.parametrize("task", TASKS)
each_file = pytest.mark.parametrize("name", MIN_ROWS)


@each_task
@each_file
def test_every_task_has_every_file(task: str, name: str) -> None:
    rows = read(task, name)
    columns = PHRASE_COLUMNS[name] if task == PHRASE.name else COLUMNS[name]
    assert len({tuple(row.values()) for row in rows}) == len(rows) >= MIN_ROWS[name]
    assert all(list(row) == columns and all(row.values()) for row in rows)


@each_task
@each_file
def test_every_label_belongs_to_the_task(task: str, name: str) -> None:
    labels = {row.get("sentiment") or row.get("label") for row in read(task, name)} - {None, NO_LABEL}
    assert labels <= set(TASKS[task].labels)


@each_task
def test_every_direction_is_rises_or_falls(task: str) -> None:
    assert {row["direction"] for row in read(task, "directional")} == {"rises", "falls"}


def test_every_phrase_is_part_of_its_text() -> None:
    assert all(row["phrase"] in row["text"] for row in read(PHRASE.name, "minimum_functionality"))
    assert all(row["phrase"] in row["text"] + row["changed"] for row in read(PHRASE.name, "directional"))


@pytest.mark.parametrize(
    ("task", "name", "column", "min_rows"),
    [(HATE.name, "identity_terms", "group", 60), (FINANCE_TOPIC.name, "out_of_domain", "about", 40)],
)
def test_files_of_a_single_task(task: str, name: str, column: str, min_rows: int) -> None:
    rows = read(task, name)
    assert len({row["text"] for row in rows}) == len(rows) >= min_rows
    assert all(row["text"] and row[column] for row in rows)
