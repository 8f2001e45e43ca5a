"""Pairs of a first and a last token: how likely each is, and how many words two of them share."""

import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class SpanPrior:
    """What a start and an end, scored each for itself, cannot know of the span between them.

    `whole_text` is added to the logit of the span that is all that is read of a text, which people choose more often
    than its first and its last token would say; `log_length` times the logarithm of a span's tokens to that of each.
    """

    whole_text: float = 0.0
    log_length: float = 0.0


def span_logits(start: np.ndarray, end: np.ndarray, prior: SpanPrior) -> np.ndarray:
    """The logit of each pair of a first and a last token: `start` (tokens,) of the one, `end` (tokens,) of the other.

    Float64 (tokens, tokens), minus infinity where the last token comes before the first.
    """
    logits = start[:, None].astype(np.float64) + end[None, :]
    return with_prior(np.where(np.tri(len(start), dtype=bool).T, logits, -np.inf), prior)


def with_prior(logits: np.ndarray, prior: SpanPrior) -> np.ndarray:
    """The logits (tokens, tokens) of spans, to which `prior` is added."""
    places = np.arange(len(logits))
    by_length = prior.log_length * np.log(places + 1)
    added: np.ndarray = logits + by_length[(places[None, :] - places[:, None]).clip(0)]
    added[0, -1] += prior.whole_text
    return added


def words_of(text: str, offsets: np.ndarray) -> np.ndarray:
    """Which word of `text`, between white space, each token is of: int (tokens,), for `offsets` (tokens, 2)."""
    ends = [word.end() for word in re.finditer(r"\S+", text)]
    words: np.ndarray = np.searchsorted(ends, offsets[:, 1])
    return words


def overlaps(firsts: np.ndarray, lasts: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Jaccard's index of the words of each two of the spans from `firsts` (spans,) to `lasts` (spans,), in tokens.

    `words` (tokens,) are the words that the tokens are of, in order. A word of which two spans have different parts,
    as `glad` and `glad!`, is not the same. A word that comes twice counts as two.
    """
    # how many tokens of its first word a span leaves out, and of its last
    before = firsts - np.searchsorted(words, words)[firsts]
    behind = np.searchsorted(words, words, side="right")[lasts] - 1 - lasts
    first, last = words[firsts], words[lasts]
    left, right = np.maximum(first[:, None], first), np.minimum(last[:, None], last)
    # the outer two of the words that are in both
    same_left = np.where(first[:, None] == left, before[:, None], 0) == np.where(first == left, before, 0)
    same_right = np.where(last[:, None] == right, behind[:, None], 0) == np.where(last == right, behind, 0)
    both = right - left + 1
    shared = np.where(both > 1, both - ~same_left - ~same_right, (both == 1) & same_left & same_right)
    size = last - first + 1
    index: np.ndarray = shared / (size[:, None] + size - shared)
    return index
