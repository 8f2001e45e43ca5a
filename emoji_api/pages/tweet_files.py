"""Files of tweets that people upload: CSV, JSON lines and plain text, in UTF-8."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any

from emoji_api.errors import TextColumnMissing, TooManyTweets, TweetFileError, UnknownTweetFormat
from emoji_api.rows import MalformedRow, csv_rows, json_rows

TEXT_COLUMNS = ("text", "tweet", "full_text", "tweet_text", "content", "message", "body", "post", "sentence", "comment")
"""Names of the column of the texts, in any case; the first that a file has is chosen."""
DELIMITERS = (",", ";", "\t")
MAX_SHOWN_COLUMNS = 30

NumberedText = tuple[int, str | MalformedRow]
"""The number of a row, and its text, or the reason why it has none."""


@dataclass(frozen=True, kw_only=True)
class TweetFile:
    """The tweets of a file.

    Attributes:
        name: name of the file, without folders.
        column: name of the column that the texts are from, `None` if the file has no columns.
        rows: the rows with their numbers: the line of a text or JSON lines file, the record of a CSV file.
    """

    name: str
    column: str | None
    rows: list[NumberedText]


def read_tweets(name: str, media_type: str, content: bytes, *, column: str | None, max_rows: int) -> TweetFile:
    """Return the tweets of the file `name` with the given content.

    Its suffix tells the format, or else its media type. A file with neither is read as JSON lines if its first line is
    a JSON object, and as plain text otherwise. `column` is the column of the texts in a CSV file, or the field in JSON
    lines; by default the first of `TEXT_COLUMNS`. A malformed row is returned with its reason.

    Raises:
        UnknownTweetFormat: the file has another format.
        TextColumnMissing: the file has no column `column`, or several columns of which none has a known name.
        TooManyTweets: the file has more than `max_rows` rows.
        TweetFileError: the file is not UTF-8, or has no rows.
    """
    name = PurePath(name.replace("\\", "/")).name
    reader = _reader(name, media_type, content)
    column, rows = reader(_decode(content), column)
    texts = list(islice(rows, max_rows + 1))
    if not texts:
        raise TweetFileError("the file has no tweets")
    if len(texts) > max_rows:
        raise TooManyTweets(max_rows)
    return TweetFile(name=name, column=column, rows=texts)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TweetFileError(
            f"line {line} of the file is not UTF-8; save the file as UTF-8 (in Excel: “CSV UTF-8”)"
        ) from error


def _read_text(text: str, column: str | None) -> tuple[None, Iterator[NumberedText]]:
    lines = enumerate(io.StringIO(text, newline=None), start=1)
    return None, ((number, line.rstrip("\n")) for number, line in lines if line.strip())


def _read_json_lines(text: str, column: str | None) -> tuple[str | None, Iterator[NumberedText]]:
    if text.lstrip().startswith("["):
        raise TweetFileError(
            "the file is a JSON array; write one object or string in each line, for example with jq -c '.[]'"
        )
    rows = list(json_rows(io.StringIO(text, newline=None)))
    fields = list(dict.fromkeys(field for _, row in rows if isinstance(row, dict) for field in row))
    field = fields[_choose(fields, column)] if fields else None
    return field, ((number, _text_of(row, field)) for number, row in rows)


def _text_of(row: Any, field: str | None) -> str | MalformedRow:
    """Return the text in a line of JSON."""
    value = row.get(field) if isinstance(row, dict) else row
    if isinstance(value, str | MalformedRow):
        return value
    if not isinstance(row, dict):
        return MalformedRow("neither a JSON object nor a string")
    return MalformedRow(f"{field!r} is not a string" if field in row else f"no field {field!r}")


def _read_csv(text: str, column: str | None) -> tuple[str | None, Iterator[NumberedText]]:
    delimiter, header = _header(text)
    rows = csv_rows(io.StringIO(text, newline=""), delimiter)
    if not header:
        return None, iter(())
    if len(header) == 1 and column is None and not _is_known(header[0]):
        return None, _cells(rows, header, 0, delimiter)  # a single column without a header
    index = _choose(header, column)
    next(rows)
    return header[index], _cells(rows, header, index, delimiter)


def _cells(
    rows: Iterator[tuple[int, list[str] | MalformedRow]], header: list[str], index: int, delimiter: str
) -> Iterator[NumberedText]:
    """Yield the text of each record of a CSV file."""
    for number, record in rows:
        if isinstance(record, MalformedRow):
            yield number, record
        elif len(header) == 1:  # a file with one column often has texts with commas that are not quoted
            yield number, delimiter.join(record)
        elif len(record) != len(header):
            reason = f"{len(record)} instead of {len(header)} columns"
            hint = f"; a text with {delimiter!r} needs quotes" if len(record) > len(header) else ""
            yield number, MalformedRow(reason + hint)
        else:
            yield number, record[index]


def _header(text: str) -> tuple[str, list[str]]:
    """Return the delimiter of a CSV file, and its first record: the first delimiter that splits it, or the comma."""
    single: list[str] = []
    for delimiter in DELIMITERS:
        _, header = next(csv_rows(io.StringIO(text, newline=""), delimiter), (0, []))
        if isinstance(header, MalformedRow):
            raise TweetFileError(f"the first row of the file is {header.reason}")
        if len(header) > 1:
            return delimiter, header
        single = single or header
    return ",", single


def _choose(columns: Sequence[str], wanted: str | None) -> int:
    """Return the index of the column of the texts. Raise TextColumnMissing if it cannot be told."""
    if wanted in columns:
        return columns.index(wanted)
    names = [_folded(name) for name in columns]
    for name in TEXT_COLUMNS if wanted is None else [_folded(wanted)]:
        if name in names:
            return names.index(name)
    raise TextColumnMissing(columns[:MAX_SHOWN_COLUMNS], wanted)


def _is_known(column: str) -> bool:
    return _folded(column) in TEXT_COLUMNS


def _folded(column: str) -> str:
    return column.strip().casefold()


Reader = Callable[[str, str | None], tuple[str | None, Iterator[NumberedText]]]
"""A function that reads the column of the texts, and the numbered texts, from the text of a file."""

READERS: dict[str, Reader] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json_lines,
    ".txt": _read_text,
}
"""The reader of a file, by its suffix."""
MEDIA_TYPES: dict[str, Reader] = {
    "text/csv": _read_csv,
    "text/tab-separated-values": _read_csv,
    "application/jsonl": _read_json_lines,
    "application/x-ndjson": _read_json_lines,
    "application/json": _read_json_lines,
    "text/plain": _read_text,
}
"""The reader of a file whose suffix is unknown, by its media type."""
UNKNOWN_TYPES = ("", "application/octet-stream")


def _reader(name: str, media_type: str, content: bytes) -> Reader:
    suffix = PurePath(name).suffix.lower()
    if reader := READERS.get(suffix) or MEDIA_TYPES.get(media_type):
        return reader
    if suffix or media_type not in UNKNOWN_TYPES:
        raise UnknownTweetFormat(name)
    first_line = content.lstrip().partition(b"\n")[0]
    try:
        is_json = isinstance(json.loads(first_line), dict)
    except (ValueError, RecursionError):
        is_json = False
    return _read_json_lines if is_json else _read_text
