"""Logits of spans and overlap between spans, compared with values computed by hand."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoji_api.inference.spans import SpanPrior, pairwise_jaccard, span_logits, word_ids


def test_logit_is_the_sum_of_start_end_and_prior() -> None:
    prior = SpanPrior(whole_text=10.0, log_length=-2.0)
    logits = span_logits(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3]), prior)
    two, three = -2 * np.log(2), -2 * np.log(3)
    assert logits.tolist() == [
        pytest.approx([1.1, 1.2 + two, 1.3 + three + 10]),
        pytest.approx([-np.inf, 2.2, 2.3 + two]),
        pytest.approx([-np.inf, -np.inf, 3.3]),
    ]


def test_span_of_the_only_token_is_the_whole_text() -> None:
    assert span_logits(np.ones(1), np.ones(1), SpanPrior(whole_text=3.0)).tolist() == [[5.0]]


def test_words_are_separated_by_white_space() -> None:
    text = "  so glad!!\n@you"
    offsets = np.array([(2, 4), (5, 9), (9, 10), (10, 11), (12, 13), (13, 16)])
    assert word_ids(text, offsets).tolist() == [0, 1, 1, 1, 2, 2]


def test_words_without_tokens_count() -> None:
    words = np.array([0, 2])  # the tokenizer has no token for the word 1
    assert pairwise_jaccard(np.array([0, 0]), np.array([0, 1]), words).tolist() == [[1, 1 / 3], [1 / 3, 1]]


def test_different_parts_of_a_word_are_not_shared() -> None:
    words = np.array([0, 1, 1, 2])  # so glad ! today
    spans = [(0, 1), (0, 2), (2, 3), (1, 1), (1, 3)]
    index = pairwise_jaccard(*(np.array(places) for places in zip(*spans, strict=True)), words)
    assert index[0].tolist() == pytest.approx([1, 1 / 3, 0, 0.5, 0])  # so glad
    assert index[1].tolist() == pytest.approx([1 / 3, 1, 0, 0, 1 / 3])  # so glad!


@given(words=st.lists(st.integers(0, 1), min_size=1, max_size=7).map(lambda steps: np.cumsum(steps).tolist()))
def test_jaccard_index_is_that_of_word_sets(words: list[int]) -> None:
    spans = list(combinations_with_replacement(range(len(words)), 2))
    index = pairwise_jaccard(*(np.array(places) for places in zip(*spans, strict=True)), np.array(words))
    for row, first_span in enumerate(spans):
        for column, second_span in enumerate(spans):
            first, second = (as_words(span, words) for span in (first_span, second_span))
            assert index[row, column] == pytest.approx(len(first & second) / len(first | second))


def as_words(span: tuple[int, int], words: list[int]) -> set[tuple[int, ...]]:
    """Return the words of a span, each as the tuple of its tokens inside the span."""
    inside = range(span[0], span[1] + 1)
    return {tuple(token for token in inside if words[token] == word) for word in {words[token] for token in inside}}
