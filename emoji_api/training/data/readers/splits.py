"""Labelled texts in splits, and the removal of duplicates and of overlap between splits."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from emoji_api.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Split:
    """Texts with their label ids, in the order of the file.

    `ids` identifies each row in its source. `spans` are (first character, last character + 1) of the phrase that
    carries the label. Both are empty if the data set does not have them.
    """

    texts: list[str]
    labels: list[int]
    ids: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, keep: Iterable[bool]) -> "Split":
        """Return the rows for which `keep` is true."""
        rows = [row for row, kept in enumerate(keep) if kept]
        return Split(
            texts=[self.texts[row] for row in rows],
            labels=[self.labels[row] for row in rows],
            ids=[self.ids[row] for row in rows] if self.ids else [],
            spans=[self.spans[row] for row in rows] if self.spans else [],
        )

    def sample(self, rows: int, seed: int) -> "Split":
        """Return a random sample of at most `rows` rows without replacement, in the order of the file."""
        sampled = set(random.Random(seed).sample(range(len(self)), min(rows, len(self))))
        return self.where(row in sampled for row in range(len(self)))


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The train, validation and test splits of one task.

    `manifest` maps each file that was read to its sha256 and number of rows. `left_out` has, by split, the rows that
    the reader removed: blank texts, and test texts that occur in the train split. If the splits have spans, they are
    also data for the task `PHRASE`.
    """

    name: str
    task: Task
    splits: dict[str, Split]
    manifest: dict[str, dict[str, str | int]]
    left_out: dict[str, Split] = field(default_factory=dict)


def clean_train(train: Split, others: Sequence[Split]) -> Split:
    """Return `train` without texts of conflicting labels, without duplicates, and without the texts of `others`."""
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
    """Return the rows of `held_out` whose text is not in `train`."""
    train_keys = {text_key(text) for text in train.texts}
    return held_out.where(text_key(text) not in train_keys for text in held_out.texts)


def text_key(text: str) -> str:
    """Return `text` without links, in lower case, with single spaces. Texts with the same key count as duplicates."""
    return " ".join(re.sub(r"https?://\S+", "", text).lower().split())
