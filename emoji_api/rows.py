"""Rows of JSON lines and CSV files. A malformed row does not spoil the others: its reason stands in its place.

The number of a row is the line of a JSON lines file, or the record of a CSV file; both count from one.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MalformedRow:
    """A row that cannot be read; `reason` says why, such as "not JSON"."""

    reason: str


def json_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any | MalformedRow]]:
    """Yield the number and the value of each line of JSON. Blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):  # RecursionError: nested too deeply
            yield number, MalformedRow("not JSON")


def csv_rows(lines: Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str] | MalformedRow]]:
    """Yield the number and the cells of each CSV record. Empty records are skipped.

    `lines` have the line ends of the file: open it with `newline=""`.
    """
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, MalformedRow(f"not CSV: {error}")
            continue
        if record:
            yield number, record
