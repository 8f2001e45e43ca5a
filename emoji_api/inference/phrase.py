"""Phrase extraction: the span that carries a sentiment, from the logits of its first and last token."""

import numpy as np

from emoji_api.inference.pieces import expand_to_pieces, strip_span
from emoji_api.inference.spans import SpanPrior, pairwise_jaccard, span_logits, word_ids

CANDIDATES = 20
"""Number of most probable spans that are compared. More candidates take longer and do not improve the choice."""


def best_span(logits: np.ndarray, words: np.ndarray) -> tuple[int, int, float]:
    """Return the first and last token of the span with the largest expected word overlap, and its probability.

    `logits` are the span logits of shape (tokens, tokens), minus infinity for impossible spans; `words` are the tokens'
    word ids, shape (tokens,). This is minimum Bayes risk decoding (Kumar and Byrne, 2004,
    https://aclanthology.org/N04-1022/): among the `CANDIDATES` most probable spans, it selects the one with the highest
    Jaccard index on average over these candidates, weighted by their probabilities. Several similar spans may
    together outweigh the most probable one.
    """
    flat_logits = logits.ravel()
    weights = np.exp(flat_logits - flat_logits.max())  # unnormalised probabilities
    count = min(CANDIDATES, int(np.count_nonzero(weights)))
    candidates = np.argpartition(-weights, count - 1)[:count]
    firsts, lasts = np.unravel_index(candidates, logits.shape)
    expected_overlap = pairwise_jaccard(firsts, lasts, words) @ weights[candidates]
    best = int(expected_overlap.argmax())
    return int(firsts[best]), int(lasts[best]), float(weights[candidates[best]] / weights.sum())


def choose_phrase(
    text: str, offsets: np.ndarray, start: np.ndarray, end: np.ndarray, prior: SpanPrior
) -> tuple[int, int, float]:
    """Return the character span of the phrase in `text` and its probability.

    `offsets` are the tokens' character spans, int of shape (tokens, 2); `start` and `end` are logits of shape
    (tokens,). All are without padding and include the special tokens at both ends, which are never part of a phrase.
    The token span is expanded to whole words, mentions, links and HTML entities, because the tokens of a piece that the
    normaliser replaced all point at its last character.
    """
    inner_offsets = offsets[1:-1]
    words = word_ids(text, inner_offsets)
    first, last, probability = best_span(span_logits(start[1:-1], end[1:-1], prior), words)
    return *expand_to_pieces(text, int(inner_offsets[first, 0]), int(inner_offsets[last, 1])), probability


def whole_text(text: str) -> tuple[int, int]:
    """Return the character span of `text` without surrounding white space."""
    return strip_span(text, 0, len(text))
