"""References of data sets: the expected sizes, label counts and known faults of each split."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate

from emoji_api.errors import DataError
from emoji_api.files import write_atomically
from emoji_api.training.data.checks.files import (
    FileReference,
    FileSchema,
    Published,
    PublishedSchema,
    validate_relative_path,
)
from emoji_api.training.data.readers import Dataset
from emoji_api.training.params import DataParams

PUBLIC_FILE = Path(__file__).with_name("public.yaml")
REFERENCE_FILE = "reference.yaml"
"""Name of the reference file that is looked for in the folder that contains the data sets' folders."""

HEADER = """\
# The reference of each data set. `labels` are the rows of each label, `known` the accepted rows with each fault.
# The size of a split may differ by the share `rows_tolerance`, and a label's share of its split by `share_tolerance`.
# `first` are the sha256 of each split's first text, `files` those of the files.
"""


@dataclass(frozen=True, kw_only=True)
class SplitReference:
    """The expected rows of a split by label, and the accepted rows by fault: 0 for a fault not in `known`."""

    labels: dict[str, int]
    known: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The expected number of rows of the split."""
        return sum(self.labels.values())


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The expected state of a data set.

    `rows_tolerance` is the share by which the size of a split may differ, `share_tolerance` the difference by which a
    label's share of its split may. `first` is the sha256 of each split's first text. `files` are by path relative to
    the folder that contains the data sets' folders.
    """

    splits: dict[str, SplitReference]
    first: dict[str, str]
    files: dict[str, FileReference] = field(default_factory=dict)
    published: Published = field(default_factory=Published)
    rows_tolerance: float = 0.1
    share_tolerance: float = 0.05


class _SplitSchema(Schema):
    labels = fields.Dict(fields.String(), fields.Integer(validate=validate.Range(0)), required=True)
    known = fields.Dict(fields.String(), fields.Integer(validate=validate.Range(0)))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> SplitReference:
        return SplitReference(**values)


class _ReferenceSchema(Schema):
    splits = fields.Dict(fields.String(), fields.Nested(_SplitSchema), required=True)
    first = fields.Dict(fields.String(), fields.String(), load_default=dict)
    files = fields.Dict(fields.String(validate=validate_relative_path), fields.Nested(FileSchema))
    published = fields.Nested(PublishedSchema)
    rows_tolerance = fields.Float(validate=validate.Range(0, 1))
    share_tolerance = fields.Float(validate=validate.Range(0, 1))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Reference:
        return Reference(**values)


def read_references(path: Path) -> dict[str, Reference]:
    """Return the references in a YAML file by data set. Raise DataError if the file is missing or invalid."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(content, dict):
            raise DataError(f"{path}: not a mapping of data sets")
        return {name: _ReferenceSchema().load(values) for name, values in content.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: {error}") from error
    except ValidationError as error:
        raise DataError(f"{path}: {error.normalized_messages()}") from error


def write_references(path: Path, references: Mapping[str, Reference]) -> None:
    """Write a file for `read_references` atomically."""
    content = {
        name: {
            "files": {path: {"sha256": file.sha256} for path, file in reference.files.items()},
            "first": reference.first,
            "rows_tolerance": reference.rows_tolerance,
            "share_tolerance": reference.share_tolerance,
            "splits": {
                split_name: {"labels": split.labels} | ({"known": split.known} if split.known else {})
                for split_name, split in reference.splits.items()
            },
        }
        for name, reference in references.items()
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    write_atomically(path, HEADER + text)


def references_next_to(data: DataParams) -> dict[str, Reference]:
    """Return the references in the files `reference.yaml` of the folders that contain the data sets' folders."""
    paths = [data.emotion, data.tweeteval, data.tweet_sentiment_extraction, data.finance_topic, data.finance_sentiment]
    files = {Path(path).absolute().parent / REFERENCE_FILE for path in paths if path and Path(path).is_dir()}
    return {
        name: reference for file in sorted(files) if file.is_file() for name, reference in read_references(file).items()
    }


def find_reference(dataset: Dataset, references: Mapping[str, Reference]) -> Reference | None:
    """Return the reference of `dataset` in `references`, else that of the public data set of its name, else None.

    A data set counts as the public one if the first text of any split is the public split's. The name alone would also
    match other data, and file hashes would not match a damaged copy.
    """
    if dataset.name in references:
        return references[dataset.name]
    public = public_references().get(dataset.name)
    return public if public and any(public.first.get(name) == sha256 for name, sha256 in first_texts(dataset)) else None


@cache
def public_references() -> dict[str, Reference]:
    """Return the package's references of the public data sets."""
    return read_references(PUBLIC_FILE)


def first_texts(dataset: Dataset) -> Iterable[tuple[str, str]]:
    """Yield (split, sha256 of its first text) of each split that has rows."""
    for name, split in dataset.splits.items():
        if split.texts:
            yield name, hashlib.sha256(split.texts[0].encode("utf-8", "surrogatepass")).hexdigest()
