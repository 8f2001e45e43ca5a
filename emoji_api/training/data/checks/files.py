"""The files of a data set: where their owner publishes them, and the hashes that identify them."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from emoji_api.training.data.readers.files import read_text, require_file

SHA256 = validate.Regexp(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True)
class FileReference:
    """The hashes of a file: the `sha256` of each accepted copy, and the hash of its `rows`.

    `rows` also accepts copies that differ only in line ends, CSV quoting, and leading or trailing spaces.
    """

    sha256: list[str] = field(default_factory=list)
    rows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Published:
    """The place where the owner publishes a data set's files. At most one field is set.

    `hub` is a data set on the Hugging Face hub that has the rows, `url` the address of the folder with the files, and
    `by_hand` the instructions for a download that needs a person.
    """

    hub: str | None = None
    url: str | None = None
    by_hand: str | None = None


class FileSchema(Schema):
    """The schema of an entry of `files`."""

    sha256 = fields.List(fields.String(validate=SHA256))
    rows = fields.String(validate=SHA256)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> FileReference:
        """Return the FileReference of the loaded values."""
        return FileReference(**values)


class PublishedSchema(Schema):
    """The schema of the section `published`."""

    hub = fields.String()
    url = fields.String(validate=validate.Regexp(r"^(https?|hf)://.*/$"))
    by_hand = fields.String()

    @validates_schema
    def check(self, values: dict[str, Any], **_: Any) -> None:
        """Raise ValidationError unless exactly one field is given."""
        if len(values) != 1:
            raise ValidationError("needs one of hub, url and by_hand.")

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Published:
        """Return the Published of the loaded values."""
        return Published(**values)


def validate_relative_path(name: str) -> None:
    """Raise ValidationError if the path is absolute or has `..` in it."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValidationError("must be a path inside the data folder.")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes. Raise DataError if there is no such file."""
    return hashlib.sha256(require_file(path).read_bytes()).hexdigest()


def sha256_of_rows(path: Path) -> str:
    """Return the sha256 of a file's rows: the stripped cells of a CSV file, or the stripped lines of any other file.

    Raise DataError if there is no such file or it is not UTF-8.
    """
    if path.suffix == ".csv":
        text = read_text(path, newline="").replace("\r\n", "\n")
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    else:
        rows = [[line.strip()] for line in read_text(path).removesuffix("\n").split("\n")]
    return hashlib.sha256("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()).hexdigest()


def matches_reference(path: Path, reference: FileReference) -> bool:
    """Return whether the file has one of the reference's hashes. Raise DataError if there is no such file."""
    if sha256_of(path) in reference.sha256:
        return True
    return reference.rows is not None and sha256_of_rows(path) == reference.rows
