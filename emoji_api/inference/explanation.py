"""Explanations of answers: the words of a text, and the network's inputs with one word left out."""

import unicodedata
from dataclasses import dataclass

import numpy as np

from emoji_api.inference.pieces import piece_spans
from emoji_api.inference.tokenizer import TokenBatch


@dataclass(frozen=True, kw_only=True)
class LeftOutWords:
    """The words of one text, and the text's tokens without each of those words that the network sees.

    Attributes:
        spans: start and end of each word in the text, in characters.
        seen: the indices in `spans` of the words that have tokens. A word that was truncated has none.
        tokens: for each word of `seen`, a row with the tokens of all other words.
    """

    spans: list[tuple[int, int]]
    seen: np.ndarray
    tokens: TokenBatch


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each word of `text`, in characters.

    Words are separated by white space; an emoji is a word of its own. Punctuation belongs to its word.
    """
    spans: list[tuple[int, int]] = []
    joined = False  # whether the next piece continues the last word
    for start, end in piece_spans(text):
        if text[start:end].isspace():
            joined = False
        elif _is_symbol(text[start]):
            spans.append((start, end))
            joined = False
        elif joined:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
            joined = True
    return spans


def leave_out_words(text: str, tokens: TokenBatch, row: int) -> LeftOutWords:
    """Return the words of `text`, whose tokens are in the row `row`, and the tokens without each word."""
    spans = word_spans(text)
    length = int(tokens.lengths[row])
    ids, offsets = tokens.input_ids[row, :length], tokens.offsets[row, :length]
    # the word in which a token ends: a replaced piece, such as a link, has the offsets of its last character
    words = np.searchsorted([end for _, end in spans], offsets[:, 1])
    words[offsets[:, 1] == 0] = -1  # special tokens, which are never left out
    seen = np.unique(words[words >= 0])
    kept = words != seen[:, None]  # (words, tokens)
    lengths = kept.sum(axis=1)
    shape = len(seen), int(lengths.max(initial=0))
    # the mask hides the padding, so that any id will do
    input_ids, mask = np.zeros(shape, np.int32), (np.arange(shape[1]) < lengths[:, None]).astype(np.int32)
    input_ids[mask.astype(bool)] = np.broadcast_to(ids, kept.shape)[kept]
    without_offsets = np.zeros((*shape, 2), np.int32)
    return LeftOutWords(
        spans=spans, seen=seen, tokens=TokenBatch(input_ids, mask, without_offsets, [False] * len(seen))
    )


def _is_symbol(character: str) -> bool:
    """Return whether a piece that starts with `character` is an emoji or another pictogram."""
    return unicodedata.category(character) == "So"
