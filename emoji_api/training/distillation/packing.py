"""Texts packed into rows of one length: no step of a fitting has another shape, and little of it is padding."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

LENGTH = 128  # tokens of a row, and the most that is read of a text
TEXTS_OF_ROW = 12  # at most; few tweets are so short that more of them would fit


@dataclass(frozen=True)
class Texts:
    """Texts as token ids, one behind the other: text `i` is `tokens[offsets[i]:offsets[i + 1]]`."""

    tokens: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each text: (texts,)."""
        return np.diff(self.offsets)


class Batch(NamedTuple):
    """Texts in rows of `LENGTH` tokens.

    By token (rows, `LENGTH`): `token`, its place among all tokens, `position`, its place in its text, and `segment`,
    which text of the row it is of, counted from 1, 0 for none. By text (texts,): `text`, which one it is, and `first`,
    where its first token is among those of the rows. What is filled up with nothing is the token behind all tokens, and
    the text behind all texts.
    """

    token: Any
    position: Any
    segment: Any
    text: Any
    first: Any


def pack_token_ids(ids: list[list[int]]) -> Texts:
    """Token ids by text as one array."""
    tokens = np.array([token for of_text in ids for token in of_text], np.int32)
    return Texts(tokens, np.cumsum([0, *map(len, ids)]))


def batches(texts: Texts, order: np.ndarray, rows: int) -> Iterator[Batch]:
    """The texts `order` in batches of so many rows, one text behind the other while it fits."""
    lengths = texts.lengths[order]
    row, column = row_and_column(lengths)
    count = -(-int(row[-1] + 1) // rows)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    to = np.repeat(row * LENGTH + column, lengths) + within
    token = np.full(count * rows * LENGTH, len(texts.tokens), np.int32)
    position, segment = np.zeros((2, len(token)), np.int32)
    token[to] = np.repeat(texts.offsets[order], lengths) + within
    position[to] = within
    segment[to] = np.repeat(np.arange(len(order)) - np.searchsorted(row, row) + 1, lengths)
    bounds = np.searchsorted(row, np.arange(count + 1) * rows)
    for number, (begin, end) in enumerate(pairwise(bounds.tolist())):
        text, first = np.full(rows * TEXTS_OF_ROW, len(texts), np.int32), np.zeros(rows * TEXTS_OF_ROW, np.int32)
        text[: end - begin] = order[begin:end]
        first[: end - begin] = (row[begin:end] - number * rows) * LENGTH + column[begin:end]
        shape, part = (rows, LENGTH), slice(number * rows * LENGTH, (number + 1) * rows * LENGTH)
        yield Batch(
            token[part].reshape(shape), position[part].reshape(shape), segment[part].reshape(shape), text, first
        )


def row_and_column(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row and the column at which each text begins: (texts,) twice."""
    rows, columns, row, used, count = [], [], 0, 0, 0
    for length in lengths.tolist():
        if used + length > LENGTH or count == TEXTS_OF_ROW:
            row, used, count = row + 1, 0, 0
        rows.append(row)
        columns.append(used)
        used, count = used + length, count + 1
    return np.array(rows), np.array(columns)


def stacked(of_members: tuple[Batch, ...]) -> Batch:
    """A batch of each member as one, with an axis of members in front."""
    return Batch(*(np.stack(values) for values in zip(*of_members, strict=True)))
