"""The files that a data set is made of: where their owner publishes them, and how each is known again."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from emoji_api.training.data.readers.splits import read_text, require_file

SHA256 = validate.Regexp(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True)
class FileReference:
    """A file is the one that is meant if it has one of the `sha256`, or, line ends, quotes and outer spaces aside, the
    rows of the hash `rows`."""

    sha256: list[str] = field(default_factory=list)
    rows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the owner publishes the files: as rows of a data set on the `hub`, below a `url`, or, `by_hand`, where a
    person must go for them."""

    hub: str | None = None
    url: str | None = None
    by_hand: str | None = None


class FileSchema(Schema):
    """An entry of `files`."""

    sha256 = fields.List(fields.String(validate=SHA256))
    rows = fields.String(validate=SHA256)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> FileReference:
        """Frozen."""
        return FileReference(**values)


class PublishedSchema(Schema):
    """The section `published`."""

    hub = fields.String()
    url = fields.String(validate=validate.Regexp(r"^(https?|hf)://.*/$"))
    by_hand = fields.String()

    @validates_schema
    def check(self, values: dict[str, Any], **_: Any) -> None:
        """One place."""
        if len(values) != 1:
            raise ValidationError("needs one of hub, url and by_hand.")

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Published:
        """Frozen."""
        return Published(**values)


def within(name: str) -> None:
    """Raises ValidationError for a path that leads out of the folder that it is in."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValidationError("leads out of the folder.")


def sha256_of(path: Path) -> str:
    """Of a file's bytes. Raises DataError where there is no such file."""
    return hashlib.sha256(require_file(path).read_bytes()).hexdigest()


def sha256_of_rows(path: Path) -> str:
    """Of what the readers take from a file: the cells of a CSV file, or the lines, without outer spaces.

    Raises DataError where there is no such file, or it is not UTF-8.
    """
    if path.suffix == ".csv":
        text = read_text(path, newline="").replace("\r\n", "\n")
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    else:
        rows = [[line.strip()] for line in read_text(path).removesuffix("\n").split("\n")]
    return hashlib.sha256("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()).hexdigest()


def is_meant(path: Path, known: FileReference) -> bool:
    """Whether the file `path` is the one that is `known`. Raises DataError where it is none."""
    return sha256_of(path) in known.sha256 or (known.rows is not None and sha256_of_rows(path) == known.rows)
