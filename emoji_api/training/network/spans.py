"""Spans in the fitted network's own tokens: their scores, how often they are right, and how sure it may be of them."""

from dataclasses import dataclass

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.inference.spans import SpanPrior, span_logits
from emoji_api.tasks import PHRASE
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.batches import span_targets
from emoji_api.training.network.forward import forward


@dataclass(frozen=True, kw_only=True)
class SpanLogits:
    """The logit of every pair of a first and a last token (tokens, tokens), minus infinity where the last comes before
    the first, for the sentiment of the text; its `label`; and the pair that is right."""

    label: int
    logits: np.ndarray
    right: tuple[int, int]

    @property
    def best(self) -> tuple[int, int]:
        """The likeliest pair."""
        first, last = np.unravel_index(self.logits.argmax(), self.logits.shape)
        return int(first), int(last)


def split_span_logits(network: keras.Model, tokenizer: Tokenizer, split: Split, max_length: int) -> list[SpanLogits]:
    """The scores of each text of `split` for the sentiment that it has, but for texts whose span is not read."""
    scores: list[SpanLogits | None] = [None] * len(split)
    for rows, outputs in forward(network, tokenizer, split.texts, max_length):
        for place, row in enumerate(rows):
            offsets = tokenizer.encode(split.texts[row]).offsets
            length = min(len(offsets), max_length) - 1  # the last token is no word, nor is the first
            spans = np.array([[*split.spans[row], split.labels[row]]])
            first, last = (values[0, :, split.labels[row]] for values in span_targets([offsets], spans, length))
            if first.any() and last.any():
                start, end = (outputs[name][place, 1:length, split.labels[row]] for name in PHRASE.outputs)
                right = int(first.argmax()) - 1, int(last.argmax()) - 1
                scores[row] = SpanLogits(
                    label=split.labels[row], logits=span_logits(start, end, SpanPrior()), right=right
                )
    return [of_row for of_row in scores if of_row is not None]


def token_jaccard(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Jaccard's index of the tokens from the first to the last of two pairs."""
    shared = min(one[1], other[1]) - max(one[0], other[0]) + 1
    return max(shared, 0) / (one[1] - one[0] + other[1] - other[0] + 2 - max(shared, 0))


def measure_spans(scores: list[SpanLogits]) -> tuple[float, float]:
    """The share of texts whose span is exactly right, and the mean token_jaccard."""
    exact = np.mean([of_row.best == of_row.right for of_row in scores])
    return float(exact), float(np.mean([token_jaccard(of_row.best, of_row.right) for of_row in scores]))
