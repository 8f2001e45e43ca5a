"""Text and CSV files, read with errors that name the file and the line."""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from emoji_api.errors import DataError


def require_file(path: Path) -> Path:
    """Return `path`. Raise DataError if it is not a file."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return path


def read_text(path: Path, newline: str | None = None) -> str:
    """Return the content of a UTF-8 file. `newline` has the meaning that it has for `open`.

    Raise DataError if the file does not exist or is not UTF-8; the message names the first invalid line.
    """
    try:
        with require_file(path).open(encoding="utf-8", newline=newline) as file:
            return file.read()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, line {line}: not UTF-8 ({error.reason})") from error


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header; cells missing at the end of a row are empty strings.

    Raise DataError if the file is not a CSV file in UTF-8 or lacks one of `columns`.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, newline=""), newline=""), restval="")
    try:
        rows = list(reader)
    except csv.Error as error:
        raise DataError(f"{path}, after line {reader.line_num}: {error}") from error
    if missing := set(columns) - set(reader.fieldnames or []):
        raise DataError(f"{path} has no column {', '.join(sorted(missing))}")
    return rows


def file_record(path: Path, rows: int) -> dict[str, str | int]:
    """Return a file's entry in a manifest: its sha256 and its number of rows."""
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": rows}
