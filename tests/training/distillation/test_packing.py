"""Every token of every text is in one place, beside those of its text alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoji_api.training.distillation.packing import (
    LENGTH,
    TEXTS_OF_ROW,
    batches,
    pack_token_ids,
    row_and_column,
    stacked,
)

lengths_of_texts = st.lists(st.integers(1, LENGTH), min_size=1, max_size=80)


@given(lengths_of_texts, st.integers(1, 5), st.randoms())
def test_what_is_unpacked_is_what_was_packed(lengths: list[int], rows: int, random) -> None:
    texts = pack_token_ids(
        [[1000 * number + place for place in range(length)] for number, length in enumerate(lengths)]
    )
    order = np.array(random.sample(range(len(texts)), len(texts)))
    tokens = np.append(texts.tokens, -1)
    unpacked = {}
    for batch in batches(texts, order, rows):
        assert batch.token.shape == batch.position.shape == batch.segment.shape == (rows, LENGTH)
        for text, first in zip(batch.text, batch.first, strict=True):
            if text < len(texts):
                row, column = divmod(first, LENGTH)
                inside = np.flatnonzero(batch.segment[row] == batch.segment[row, column])
                assert batch.position[row, inside].tolist() == list(range(len(inside)))
                unpacked[text] = tokens[batch.token[row, inside]].tolist()
        assert (tokens[batch.token[batch.segment == 0]] == -1).all()
    assert unpacked == {
        number: texts.tokens[a:b].tolist()
        for number, (a, b) in enumerate(zip(texts.offsets, texts.offsets[1:], strict=False))
    }


@given(lengths_of_texts)
def test_no_row_has_more_than_it_holds(lengths: list[int]) -> None:
    row, column = row_and_column(np.array(lengths))
    ends = column + np.array(lengths)
    assert ends.max() <= LENGTH
    assert np.bincount(row).max() <= TEXTS_OF_ROW
    assert (np.diff(row) >= 0).all()


def test_only_the_texts_that_are_asked_for_are_packed() -> None:
    texts = pack_token_ids([[1, 2], [3], [4, 5, 6]])
    (batch,) = batches(texts, np.array([2, 0]), rows=1)
    assert [text for text in batch.text if text < 3] == [2, 0]
    assert batch.token[0, :5].tolist() == [3, 4, 5, 0, 1]


@pytest.mark.parametrize("members", [1, 3])
def test_members_are_the_first_axis(members: int) -> None:
    texts = pack_token_ids([[1, 2], [3]])
    (batch,) = batches(texts, np.array([0, 1]), rows=2)
    assert stacked((batch,) * members).token.shape == (members, 2, LENGTH)
