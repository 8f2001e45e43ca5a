"""The sentences of the behaviour tests: tab-separated files that anybody can add a line to."""

import csv
from pathlib import Path


def read(name: str) -> list[dict[str, str]]:
    """The rows of `name`, by the names in the file's first line."""
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
