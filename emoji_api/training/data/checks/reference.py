"""What is known of a data set: the size and the labels of its splits, and the faults that it has."""

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
from emoji_api.training.data.checks.files import FileReference, FileSchema, Published, PublishedSchema, within
from emoji_api.training.data.readers import Dataset
from emoji_api.training.params import DataParams

PUBLIC = Path(__file__).with_name("public.yaml")
BESIDE = "reference.yaml"
"""The file of references that is looked for in the folder that has the data sets' own."""

HEADER = """\
# what is known of each data set. `labels` are the rows of each label, `known` the rows that are known to have a fault,
# where there are any. A split may have `rows_tolerance` of its rows more or less, a label's share of them may differ by
# `share_tolerance`. `first` are the sha256 of the splits' first texts, `files` those of the files
"""


@dataclass(frozen=True, kw_only=True)
class SplitReference:
    """`labels`: label -> rows. `known`: fault -> the rows that are known to have it, none unless it is named."""

    labels: dict[str, int]
    known: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows the split has."""
        return sum(self.labels.values())


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What is known of a data set. `rows_tolerance` is the share of its rows by which a split may be smaller or larger,
    `share_tolerance` by how much a label's share of them may differ. `first` has, by split, its first text's sha256.
    `files` are by their path in a folder of data sets."""

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
    files = fields.Dict(fields.String(validate=within), fields.Nested(FileSchema))
    published = fields.Nested(PublishedSchema)
    rows_tolerance = fields.Float(validate=validate.Range(0, 1))
    share_tolerance = fields.Float(validate=validate.Range(0, 1))

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Reference:
        return Reference(**values)


def read_references(path: Path) -> dict[str, Reference]:
    """References by the data set's name. Raises DataError that names what is wrong in the file."""
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
    """Write a file that `read_references` reads; it takes the place of one that is there only when it is whole."""
    content = {
        name: {
            "files": {path: {"sha256": file.sha256} for path, file in reference.files.items()},
            "first": reference.first,
            "rows_tolerance": reference.rows_tolerance,
            "share_tolerance": reference.share_tolerance,
            "splits": {
                split: {"labels": of_split.labels} | ({"known": of_split.known} if of_split.known else {})
                for split, of_split in reference.splits.items()
            },
        }
        for name, reference in references.items()
    }
    written = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    write_atomically(path, HEADER + written)


def references_next_to(data: DataParams) -> dict[str, Reference]:
    """What the files `reference.yaml` say that are in the folders of the data sets' folders."""
    places = [data.emotion, data.tweeteval, data.tweet_sentiment_extraction, data.finance_topic, data.finance_sentiment]
    files = {Path(place).absolute().parent / BESIDE for place in places if place and Path(place).is_dir()}
    return {name: found for file in sorted(files) if file.is_file() for name, found in read_references(file).items()}


def reference_of(dataset: Dataset, given: Mapping[str, Reference]) -> Reference | None:
    """What is known of `dataset`: what is `given`, or what the package knows of the public set of its name.

    A data set is taken for the public one, whole or damaged, where any of its splits begins with the same text: the
    hash of a file would no longer know one that has lost a line, and the name alone would take any for it.
    """
    if dataset.name in given:
        return given[dataset.name]
    public = read_public().get(dataset.name)
    return public if public and any(public.first.get(name) == text for name, text in first_texts(dataset)) else None


@cache
def read_public() -> dict[str, Reference]:
    """What the package knows of the public data sets."""
    return read_references(PUBLIC)


def first_texts(dataset: Dataset) -> Iterable[tuple[str, str]]:
    """The splits of `dataset` with the sha256 of the first text of each."""
    for name, split in dataset.splits.items():
        if split.texts:
            yield name, hashlib.sha256(split.texts[0].encode("utf-8", "surrogatepass")).hexdigest()
