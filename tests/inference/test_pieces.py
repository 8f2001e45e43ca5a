"""Segmentation into pieces: words and everything that the normaliser replaces are one piece each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoji_api.inference.pieces import expand_to_pieces, piece_spans, strip_span


def visible_pieces(text: str) -> list[str]:
    return [piece for start, end in piece_spans(text) if (piece := text[start:end]).strip()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so sad!!", ["so", "sad", "!", "!"]),
        ("can't don’t I`d well-known f**k", ["can't", "don’t", "I`d", "well-known", "f**k"]),
        ("don&#39;t R&amp;B &amp;lt;3", ["don&#39;t", "R", "&amp;", "B", "&amp;lt;", "3"]),
        ("#happyday @some_body: hi", ["#happyday", "@some_body", ":", "hi"]),
        ("see:https://x.co/a?b=1, awww.cute", ["see", ":", "https://x.co/a?b=1,", "a", "www.cute"]),
        ("e\u0301te\u0301 👍🏽👨‍👩‍👧 ❤️ 🇺🇸🇩🇪", ["e\u0301te\u0301", "👍🏽", "👨‍👩‍👧", "❤️", "🇺🇸", "🇩🇪"]),
        ("क्षि नमस्ते", ["क्षि", "नमस्ते"]),
        ("中文 ok", ["中", "文", "ok"]),
    ],
)
def test_text_is_segmented_into_pieces(text: str, expected: list[str]) -> None:
    assert visible_pieces(text) == expected


@given(st.text())
def test_pieces_cover_the_whole_text_in_order(text: str) -> None:
    spans = piece_spans(text)
    assert [start for start, _ in spans] + [len(text)] == [0] + [end for _, end in spans]


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("oh so sad :(", "a", "sad"),
        ("oh so sad :(", "o sa", "so sad"),
        ("hi @some_body!", "y", "@some_body"),
        ("hi @some_body!", "y!", "@some_body!"),
        ("&lt;3 you", ";3", "&lt;3"),
        ("e\u0301te\u0301 here", "te", "e\u0301te\u0301"),
        ("so happy", " ", " "),
    ],
)
def test_span_is_expanded_to_whole_pieces(text: str, cut: str, whole: str) -> None:
    start, end = expand_to_pieces(text, text.index(cut), text.index(cut) + len(cut))
    assert text[start:end] == whole


def test_span_is_stripped() -> None:
    assert strip_span(" \n so happy\u00a0", 0, 12) == (3, 11)
    assert strip_span("a   b", 1, 4) == (1, 4)
