"""The sentences of the behaviour tests: tab-separated files, one folder for each task. Anybody can add a line."""

import csv
from pathlib import Path

from emoji_api.tasks import TASKS

FOLDER = Path(__file__).parent
NO_LABEL = "none"
"""Label of a text that expresses none of the task's labels: the confidence should be low."""

Row = dict[str, str]


def read(task: str, name: str) -> list[Row]:
    """Return the rows of the file `name` of `task`, keyed by the column names in its first line."""
    with (FOLDER / task / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def tasks_with(name: str) -> list[str]:
    """Return the tasks that have a file `name`."""
    return [task for task in TASKS if (FOLDER / task / f"{name}.tsv").is_file()]
