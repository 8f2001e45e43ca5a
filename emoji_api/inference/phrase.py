"""Chooses the phrase that carries a sentiment, from the network's scores for its first and its last token."""

import numpy as np

from emoji_api.inference.pieces import stripped, widened


def best_span(start: np.ndarray, end: np.ndarray) -> tuple[int, int, float]:
    """The likeliest pair of a first token and a last one that does not come before it, and its probability.

    `start` and `end` are the logits of the tokens that may be chosen, (tokens,). The probability is the softmax of
    `start[i] + end[j]` over all pairs with i <= j.
    """
    start, end = start.astype(np.float64), end.astype(np.float64)
    # of all pairs that end in a token: the best and, as a logarithm, the sum; so that time and memory stay linear
    best = np.maximum.accumulate(start) + end
    total = np.logaddexp.reduce(np.logaddexp.accumulate(start) + end)
    last = int(best.argmax())
    first = int(start[: last + 1].argmax())
    return first, last, min(float(np.exp(best[last] - total)), 1.0)


def choose_phrase(text: str, offsets: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[int, int, float]:
    """Where the likeliest phrase starts and ends in `text`, in characters, and its probability.

    `offsets` is int (tokens, 2); `start` and `end` are logits (tokens,); all without padding but with the special
    tokens at both ends, which are never chosen. A phrase has whole words, mentions, links and HTML entities: the
    tokens of one that the normaliser replaced point at its last character only.
    """
    first, last, probability = best_span(start[1:-1], end[1:-1])
    return *widened(text, int(offsets[1 + first, 0]), int(offsets[1 + last, 1])), probability


def whole_text(text: str) -> tuple[int, int]:
    """Where `text` starts and ends but for outer white space."""
    return stripped(text, 0, len(text))
