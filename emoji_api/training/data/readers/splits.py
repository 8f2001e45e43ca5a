"""Labelled texts in splits, and what keeps the splits apart."""

import csv
import hashlib
import io
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Split:
    """Texts and their label ids, in the file's order. `ids` names each row in its source.

    `spans` are the first and last character, plus one, of the phrase that carries the label, where the data have them.
    """

    texts: list[str]
    labels: list[int]
    ids: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, keep: Iterable[bool]) -> "Split":
        """The rows for which `keep` is true."""
        rows = [row for row, kept in enumerate(keep) if kept]
        return Split(
            texts=[self.texts[row] for row in rows],
            labels=[self.labels[row] for row in rows],
            ids=[self.ids[row] for row in rows] if self.ids else [],
            spans=[self.spans[row] for row in rows] if self.spans else [],
        )

    def sample(self, rows: int, seed: int) -> "Split":
        """`rows` of them at random, in the file's order; all where there are no more."""
        chosen = set(random.Random(seed).sample(range(len(self)), min(rows, len(self))))
        return self.where(row in chosen for row in range(len(self)))


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A task's splits, and the sha256 and rows of each file that they were read from.

    Where its splits have spans, they teach `PHRASE` too. `left_out` has, by split, the rows that the reader took out of
    it: blank texts, and those that are in the train split.
    """

    name: str
    task: Task
    splits: dict[str, Split]
    manifest: dict[str, dict[str, str | int]]
    left_out: dict[str, Split] = field(default_factory=dict)


def clean_train(train: Split, others: Sequence[Split]) -> Split:
    """A train split without texts of two labels, without repetitions, and without any text of the other splits."""
    labels: dict[str, set[int]] = {}
    for text, label in zip(train.texts, train.labels, strict=True):
        labels.setdefault(text_key(text), set()).add(label)
    held_out = {text_key(text) for split in others for text in split.texts}
    seen: set[str] = set()
    keep = []
    for text in map(text_key, train.texts):
        keep.append(len(labels[text]) == 1 and text not in held_out and text not in seen and bool(text))
        seen.add(text)
    return train.where(keep)


def without_leaks(held_out: Split, train: Split) -> Split:
    """The rows of `held_out` whose text is not in `train`."""
    known = {text_key(text) for text in train.texts}
    return held_out.where(text_key(text) not in known for text in held_out.texts)


def text_key(text: str) -> str:
    """What makes two texts the same: case, white space and links aside."""
    return " ".join(re.sub(r"https?://\S+", "", text).lower().split())


def require_file(path: Path) -> Path:
    """`path`, if it is a file. Raises DataError if it is none."""
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return path


def read_text(path: Path, newline: str | None = None) -> str:
    """The content of a file, its line ends read as `open` does with `newline`.

    Raises DataError where there is no such file, and one that names the first line that is not UTF-8.
    """
    try:
        with require_file(path).open(encoding="utf-8", newline=newline) as file:
            return file.read()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, line {line}: not UTF-8 ({error.reason})") from error


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file; a cell that a row lacks is empty.

    Raises DataError where it is no CSV file in UTF-8, or lacks one of the `columns`.
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
    """What a manifest says of a file that was read: its sha256, and its rows."""
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": rows}
