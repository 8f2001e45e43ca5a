"""Span logits of a network, token by token, and their agreement with the target spans."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.inference.spans import SpanPrior, span_logits
from emoji_api.tasks import PHRASE
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.batches import encode_truncated, span_targets
from emoji_api.training.network.forward import forward

Span = tuple[int, int]
"""The places of a first and a last token, special tokens not counted."""


@dataclass(frozen=True, kw_only=True)
class SpanLogits:
    """The spans of one text, for its sentiment `label`.

    `logits` (tokens, tokens) are indexed by first and last token, minus infinity if the last comes before the first.
    """

    label: int
    logits: np.ndarray
    target: Span

    @property
    def best(self) -> Span:
        """The span of the largest logit."""
        first, last = np.unravel_index(self.logits.argmax(), self.logits.shape)
        return int(first), int(last)


def split_span_logits(network: keras.Model, tokenizer: Tokenizer, split: Split, max_length: int) -> list[SpanLogits]:
    """Return the span logits of the texts of `split`, for their sentiments, in order.

    Texts whose target span lies behind the first `max_length` tokens are left out.
    """
    offsets = [encoding.offsets for encoding in encode_truncated(tokenizer, split.texts, max_length)]
    texts: list[SpanLogits | None] = [None] * len(split)
    for rows, outputs in forward(network, tokenizer, split.texts, max_length):
        for place, row in enumerate(rows):
            label, length = split.labels[row], len(offsets[row]) - 1  # without the last token, which is special
            character_span = np.array([[*split.spans[row], label]])
            first, last = (one_hot[0, :, label] for one_hot in span_targets([offsets[row]], character_span, length))
            if first.any() and last.any():
                # without the first token, which is special too
                start, end = (outputs[name][place, 1:length, label] for name in PHRASE.outputs)
                target = int(first.argmax()) - 1, int(last.argmax()) - 1
                texts[row] = SpanLogits(label=label, logits=span_logits(start, end, SpanPrior()), target=target)
    return [text for text in texts if text is not None]


def token_jaccard(span: Span, other: Span) -> float:
    """Return the Jaccard index of the tokens of two spans."""
    shared = max(min(span[1], other[1]) - max(span[0], other[0]) + 1, 0)
    return shared / (span[1] - span[0] + other[1] - other[0] + 2 - shared)


def measure_spans(texts: Sequence[SpanLogits]) -> tuple[float, float]:
    """Return the share of texts whose best span is the target, and the mean Jaccard index of the two."""
    exact = np.mean([text.best == text.target for text in texts])
    return float(exact), float(np.mean([token_jaccard(text.best, text.target) for text in texts]))
