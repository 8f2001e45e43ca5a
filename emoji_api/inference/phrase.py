"""Chooses the phrase that carries a sentiment, from the network's scores for its first and its last token."""

import numpy as np

from emoji_api.inference.pieces import stripped, widened
from emoji_api.inference.spans import SpanPrior, overlaps, span_logits, words_of

# the spans among which the phrase is chosen: more of them take longer and choose no better
LIKELIEST = 20


def best_span(logits: np.ndarray, words: np.ndarray) -> tuple[int, int, float]:
    """The first and last token of the span that is expected to share most words with the right one, its probability.

    `logits` (tokens, tokens) are those of all pairs, minus infinity where the last token comes before the first;
    `words` (tokens,) are the words that the tokens are of. Many spans that are alike may promise more overlap than the
    likeliest one: of the `LIKELIEST`, the one is taken that overlaps most, on average, with what is drawn from them
    (minimum Bayes risk; Kumar and Byrne, 2004, https://aclanthology.org/N04-1022/).
    """
    flat = logits.ravel()
    odds = np.exp(flat - flat.max())
    count = min(LIKELIEST, int(np.count_nonzero(odds)))
    likeliest = np.argpartition(-odds, count - 1)[:count]
    firsts, lasts = np.unravel_index(likeliest, logits.shape)
    expected = overlaps(firsts, lasts, words) @ odds[likeliest]
    chosen = int(expected.argmax())
    return int(firsts[chosen]), int(lasts[chosen]), float(odds[likeliest[chosen]] / odds.sum())


def choose_phrase(
    text: str, offsets: np.ndarray, start: np.ndarray, end: np.ndarray, prior: SpanPrior
) -> tuple[int, int, float]:
    """Where the phrase that is expected to be most right starts and ends in `text`, in characters; its probability.

    `offsets` is int (tokens, 2); `start` and `end` are logits (tokens,); all without padding but with the special
    tokens at both ends, which are never chosen. A phrase has whole words, mentions, links and HTML entities: the
    tokens of one that the normaliser replaced point at its last character only.
    """
    inner = offsets[1:-1]
    first, last, probability = best_span(span_logits(start[1:-1], end[1:-1], prior), words_of(text, inner))
    return *widened(text, int(inner[first, 0]), int(inner[last, 1])), probability


def whole_text(text: str) -> tuple[int, int]:
    """Where `text` starts and ends but for outer white space."""
    return stripped(text, 0, len(text))
