"""Posts in a file: JSON lines, CSV or Parquet, by the suffix of its name.

Columns: `id`, `time` (ISO 8601; a time without a zone is UTC), `text`, and where known `language` (ISO 639-1), `link`
and `author`. Other columns are ignored. A malformed row is rejected with its number, and the others are kept. The
number is the line of a JSON lines file, the record of a CSV file (the header is record 1), the row of a Parquet file.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from emoji_api.errors import DependencyMissing, SourceError
from emoji_api.rows import MalformedRow, csv_rows, json_rows
from emoji_api.watch.sources.base import Page, Post

REQUIRED = ("id", "time", "text")
OPTIONAL = ("language", "link", "author")
PAGE_SIZE = 1000
"""Rows that are read at a time, and stored in one transaction."""
NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, as the error handler `surrogateescape` reads it."""

Row = Mapping[str, Any]
NumberedRow = tuple[int, Row | MalformedRow]
"""The number of a row, and its columns, or the reason why it cannot be read."""


class FileSource:
    """The posts in the file `path`, which may have grown since the last collection.

    A query selects the posts whose text contains it, whatever its case; an empty query or `*` selects all.
    """

    def __init__(self, *, path: str):
        self.path = Path(path)
        self._reader = READERS.get(self.path.suffix.lower())
        if self._reader is None:
            raise SourceError(f"{path}: a file of posts is named *.jsonl, *.csv or *.parquet; rename or convert it")
        if not self.path.is_file():
            raise SourceError(f"there is no file {self.path.absolute()}; set the option path to a file of posts")

    def search(
        self, query: str, *, since: datetime | None, until: datetime | None, cursor: str | None
    ) -> Iterator[Page]:
        """Yield the posts whose text contains `query`, published in [`since`, `until`), in the order of the file."""
        needle = "" if query.strip() == "*" else query.strip().casefold()
        assert self._reader
        rows = self._reader(self.path)
        try:
            while chunk := list(islice(rows, PAGE_SIZE)):
                page = Page()
                for number, row in chunk:
                    try:
                        post = _post(row)
                    except ValueError as error:
                        page.rejected.append(f"row {number}: {error}")
                        continue
                    is_in_range = (since is None or since <= post.time) and (until is None or post.time < until)
                    if is_in_range and needle in post.text.casefold():
                        page.posts.append(post)
                yield page
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror or error}") from error


def _post(row: Row | MalformedRow) -> Post:
    """Return the post in `row`. Raise ValueError with the reason if it is malformed."""
    if isinstance(row, MalformedRow):
        raise ValueError(row.reason)
    values: dict[str, Any] = {name: row.get(name) for name in (*REQUIRED, *OPTIONAL)}
    if isinstance(values["id"], int) and not isinstance(values["id"], bool):
        values["id"] = str(values["id"])
    time = values.pop("time")
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} is not a string")
        if name in REQUIRED and not (value and value.strip()):
            raise ValueError(f"no {name}")
        if value is not None and NOT_UTF8.search(value):
            raise ValueError(f"{name} is not UTF-8")
    optional = {name: values[name] or None for name in OPTIONAL}
    return Post(id=values["id"], time=_time(time), text=values["text"], **optional)


def _time(value: Any) -> datetime:
    if value is None or value == "":
        raise ValueError("no time")
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (AttributeError, ValueError, OverflowError, TypeError):
        raise ValueError(f"the time {str(value)[:50]!r} is not ISO 8601, such as 2026-10-01T08:30:00Z") from None


def _read_jsonl(path: Path) -> Iterator[NumberedRow]:
    # surrogateescape: a row that is not UTF-8 is rejected, and the others are read
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, row in json_rows(file):
            yield number, row if isinstance(row, dict | MalformedRow) else MalformedRow("not a JSON object")


def _read_csv(path: Path) -> Iterator[NumberedRow]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv_rows(file)
        _, header = next(rows, (0, []))
        if isinstance(header, MalformedRow):
            raise SourceError(f"{path}: the first line is {header.reason}")
        _check_columns(path, header)
        for number, record in rows:
            if isinstance(record, MalformedRow):
                yield number, record
            elif len(record) < len(header):
                yield number, MalformedRow(f"{len(record)} of {len(header)} columns")
            else:
                yield number, dict(zip(header, record))  # noqa: B905


def _read_parquet(path: Path) -> Iterator[NumberedRow]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DependencyMissing("pyarrow", "watch") from error
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _check_columns(path, names)
            columns = [name for name in (*REQUIRED, *OPTIONAL) if name in names]
            for batch in file.iter_batches(PAGE_SIZE, columns=columns):
                table = pa.Table.from_batches([batch])
                kind = table.schema.field("time").type
                if pa.types.is_timestamp(kind):  # Python's datetime has no nanoseconds
                    time = table["time"].cast(pa.timestamp("us", kind.tz), safe=False)
                    table = table.set_column(table.schema.get_field_index("time"), "time", time)
                for row in table.to_pylist():
                    number += 1
                    yield number, row
    except pa.ArrowException as error:
        raise SourceError(f"{path}: not a Parquet file, or a damaged one: {error}") from error


def _check_columns(path: Path, columns: list[str]) -> None:
    if missing := [name for name in REQUIRED if name not in columns]:
        raise SourceError(f"{path}: no column {', '.join(missing)}; a file of posts has {', '.join(REQUIRED)}")


READERS: dict[str, Callable[[Path], Iterator[NumberedRow]]] = {
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
"""The function that reads the rows of a file, by its suffix."""
