"""The sentences of the behaviour tests: tab-separated files, a folder a task, that anybody can add a line to."""

import csv
from pathlib import Path

from emoji_api.tasks import TASKS

FOLDER = Path(__file__).parent
NOTHING = "none"
"""The label of a text for which no label is right: the network should be unsure."""

Row = dict[str, str]


def read(task: str, name: str) -> list[Row]:
    """The rows of the file `name` of `task`, by the names in its first line."""
    with (FOLDER / task / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def tasks_with(name: str) -> list[str]:
    """The tasks that have a file `name`."""
    return [task for task in TASKS if (FOLDER / task / f"{name}.tsv").is_file()]
