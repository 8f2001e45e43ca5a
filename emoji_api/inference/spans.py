"""Token spans: the logit of each span, and the word overlap between spans."""

import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class SpanPrior:
    """A log-prior over spans, added to the sum of start and end logits.

    Start and end logits are independent of each other; the prior models what depends on both.

    Attributes:
        whole_text: added to the logit of the span that covers all tokens. Annotators choose the whole text more often
            than its start and end logits suggest.
        log_length: factor of the logarithm of the span's length in tokens, added to every span.
    """

    whole_text: float = 0.0
    log_length: float = 0.0


def span_logits(start: np.ndarray, end: np.ndarray, prior: SpanPrior) -> np.ndarray:
    """Return the logit of each span, float64 of shape (tokens, tokens), indexed by first and last token.

    `start` and `end` are the logits of the first and of the last token, shape (tokens,). Spans that end before they
    start have the logit minus infinity.
    """
    logits = start[:, None].astype(np.float64) + end[None, :]
    return with_prior(np.where(np.tri(len(start), dtype=bool).T, logits, -np.inf), prior)


def with_prior(logits: np.ndarray, prior: SpanPrior) -> np.ndarray:
    """Return span logits of shape (tokens, tokens) plus the log-prior of each span."""
    positions = np.arange(len(logits))
    length_prior = prior.log_length * np.log(positions + 1)
    result: np.ndarray = logits + length_prior[(positions[None, :] - positions[:, None]).clip(0)]
    result[0, -1] += prior.whole_text
    return result


def word_ids(text: str, offsets: np.ndarray) -> np.ndarray:
    """Return the index of the white-space-separated word that each token belongs to, int of shape (tokens,).

    `offsets` are the tokens' character spans in `text`, shape (tokens, 2).
    """
    word_ends = [word.end() for word in re.finditer(r"\S+", text)]
    ids: np.ndarray = np.searchsorted(word_ends, offsets[:, 1])
    return ids


def pairwise_jaccard(firsts: np.ndarray, lasts: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return the Jaccard index of the word sets of each pair of spans, float of shape (spans, spans).

    `firsts` and `lasts` are the spans' first and last tokens, shape (spans,). `words` are the tokens' `word_ids`, in
    ascending order. Two spans share a word only if both contain the same tokens of it: `glad` and `glad!` differ.
    Repeated words count separately.
    """
    # tokens of the first word that the span leaves out on the left, and of the last word on the right
    cut_left = firsts - np.searchsorted(words, words)[firsts]
    cut_right = np.searchsorted(words, words, side="right")[lasts] - 1 - lasts
    first, last = words[firsts], words[lasts]
    # the words that both spans contain at least in part are left ... right; only these two may be cut
    left, right = np.maximum(first[:, None], first), np.minimum(last[:, None], last)
    same_left = np.where(first[:, None] == left, cut_left[:, None], 0) == np.where(first == left, cut_left, 0)
    same_right = np.where(last[:, None] == right, cut_right[:, None], 0) == np.where(last == right, cut_right, 0)
    common = right - left + 1
    shared = np.where(common > 1, common - ~same_left - ~same_right, (common == 1) & same_left & same_right)
    size = last - first + 1
    index: np.ndarray = shared / (size[:, None] + size - shared)
    return index
