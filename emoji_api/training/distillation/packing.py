"""Sequence packing: texts packed into rows of one length, which gives all batches one shape with little padding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

LENGTH = 128  # tokens of a row, and at most of a text
TEXTS_PER_ROW = 12  # at most; more would rarely fit, and each takes a place in `Batch.text`


@dataclass(frozen=True)
class TokenizedTexts:
    """Token ids of texts in one array: those of text `i` are `tokens[offsets[i]:offsets[i + 1]]`."""

    tokens: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each text: (texts,)."""
        return np.diff(self.offsets)


class Batch(NamedTuple):
    """Texts packed into rows of `LENGTH` tokens.

    By place in the rows, (rows, `LENGTH`): `token`, the index of the token in `TokenizedTexts.tokens`; `position`, its
    position in its text; `segment`, the number of its text in the row, from 1, or 0 for padding. By text,
    (rows * `TEXTS_PER_ROW`,): `text`, its index in `TokenizedTexts`; `first`, the index of its first token in the
    flattened rows. Padding has one more than the last index, as `token` and as `text`.
    """

    token: Any
    position: Any
    segment: Any
    text: Any
    first: Any


def concatenate_token_ids(ids: Sequence[Sequence[int]]) -> TokenizedTexts:
    """Return the token ids of several texts as one array."""
    tokens = np.array([token for text in ids for token in text], np.int32)
    return TokenizedTexts(tokens, np.cumsum([0, *map(len, ids)]))


def packed_batches(texts: TokenizedTexts, order: np.ndarray, rows: int) -> Iterator[Batch]:
    """Yield batches of `rows` rows with the texts `order`, each in the current row if it fits, else in the next."""
    lengths = texts.lengths[order]
    row, column = assign_rows(lengths)
    count = -(-int(row[-1] + 1) // rows)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    destination = np.repeat(row * LENGTH + column, lengths) + within
    token = np.full(count * rows * LENGTH, len(texts.tokens), np.int32)
    position, segment = np.zeros((2, len(token)), np.int32)
    token[destination] = np.repeat(texts.offsets[order], lengths) + within
    position[destination] = within
    segment[destination] = np.repeat(np.arange(len(order)) - np.searchsorted(row, row) + 1, lengths)
    bounds = np.searchsorted(row, np.arange(count + 1) * rows)
    for number, (begin, end) in enumerate(pairwise(bounds.tolist())):
        text, first = np.full(rows * TEXTS_PER_ROW, len(texts), np.int32), np.zeros(rows * TEXTS_PER_ROW, np.int32)
        text[: end - begin] = order[begin:end]
        first[: end - begin] = (row[begin:end] - number * rows) * LENGTH + column[begin:end]
        shape, part = (rows, LENGTH), slice(number * rows * LENGTH, (number + 1) * rows * LENGTH)
        yield Batch(
            token[part].reshape(shape), position[part].reshape(shape), segment[part].reshape(shape), text, first
        )


def assign_rows(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the row and the column at which each text begins, (texts,) each, by next-fit packing."""
    rows, columns, row, used, count = [], [], 0, 0, 0
    for length in lengths.tolist():
        if used + length > LENGTH or count == TEXTS_PER_ROW:
            row, used, count = row + 1, 0, 0
        rows.append(row)
        columns.append(used)
        used, count = used + length, count + 1
    return np.array(rows), np.array(columns)


def stack_batches(batches: Sequence[Batch]) -> Batch:
    """Return the batches of several ensemble members as one, with a leading axis of members."""
    return Batch(*(np.stack(values) for values in zip(*batches, strict=True)))
