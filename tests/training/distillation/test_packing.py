"""Every token of every text is packed into one place, next to tokens of its own text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoji_api.training.distillation.packing import (
    LENGTH,
    TEXTS_PER_ROW,
    assign_rows,
    concatenate_token_ids,
    packed_batches,
    stack_batches,
)

text_lengths = st.lists(st.integers(1, LENGTH), min_size=1, max_size=80)


@given(text_lengths, st.integers(1, 5), st.randoms())
def test_unpacked_batches_give_the_texts_back(lengths: list[int], rows: int, random) -> None:
    texts = concatenate_token_ids(
        [[1000 * number + place for place in range(length)] for number, length in enumerate(lengths)]
    )
    order = np.array(random.sample(range(len(texts)), len(texts)))
    tokens = np.append(texts.tokens, -1)
    unpacked = {}
    for batch in packed_batches(texts, order, rows):
        assert batch.token.shape == batch.position.shape == batch.segment.shape == (rows, LENGTH)
        for text, first in zip(batch.text, batch.first, strict=True):
            if text < len(texts):
                row, column = divmod(first, LENGTH)
                columns = np.flatnonzero(batch.segment[row] == batch.segment[row, column])
                assert batch.position[row, columns].tolist() == list(range(len(columns)))
                unpacked[text] = tokens[batch.token[row, columns]].tolist()
        assert (tokens[batch.token[batch.segment == 0]] == -1).all()
    assert unpacked == {
        number: texts.tokens[begin:end].tolist()
        for number, (begin, end) in enumerate(zip(texts.offsets, texts.offsets[1:], strict=False))
    }


@given(text_lengths)
def test_rows_hold_their_texts(lengths: list[int]) -> None:
    row, column = assign_rows(np.array(lengths))
    ends = column + np.array(lengths)
    assert ends.max() <= LENGTH
    assert np.bincount(row).max() <= TEXTS_PER_ROW
    assert (np.diff(row) >= 0).all()


def test_only_the_texts_of_the_order_are_packed() -> None:
    texts = concatenate_token_ids([[1, 2], [3], [4, 5, 6]])
    (batch,) = packed_batches(texts, np.array([2, 0]), rows=1)
    assert [text for text in batch.text if text < 3] == [2, 0]
    assert batch.token[0, :5].tolist() == [3, 4, 5, 0, 1]


@pytest.mark.parametrize("members", [1, 3])
def test_members_are_the_leading_axis(members: int) -> None:
    texts = concatenate_token_ids([[1, 2], [3]])
    (batch,) = packed_batches(texts, np.array([0, 1]), rows=2)
    assert stack_batches([batch] * members).token.shape == (members, 2, LENGTH)
