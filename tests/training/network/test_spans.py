"""Span logits are sums of start and end logits, and spans are compared token by token."""

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.training.data.readers import Split
from emoji_api.training.examples.batches import encode_truncated, pad
from emoji_api.training.network.spans import SpanLogits, measure_spans, split_span_logits, token_jaccard


def text_with(target: tuple[int, int], best: tuple[int, int], tokens: int = 4) -> SpanLogits:
    """Return a text of the given target whose best span is `best`."""
    logits = np.where(np.tri(tokens, dtype=bool).T, 0.0, -np.inf)
    logits[best] = 5
    return SpanLogits(label=0, logits=logits, target=target)


def test_best_span_has_the_largest_logit() -> None:
    assert text_with((0, 0), (1, 3)).best == (1, 3)


@pytest.mark.parametrize(
    ("span", "other", "index"),
    [
        ((1, 3), (1, 3), 1),
        ((0, 1), (2, 3), 0),
        ((0, 1), (3, 4), 0),
        ((0, 3), (1, 2), 0.5),
        ((0, 2), (2, 4), 0.2),
        ((2, 2), (0, 3), 0.25),
    ],
)
def test_token_jaccard_by_hand(span: tuple[int, int], other: tuple[int, int], index: float) -> None:
    assert token_jaccard(span, other) == token_jaccard(other, span) == index


def test_exact_matches_and_mean_jaccard_by_hand() -> None:
    texts = [text_with((1, 3), (1, 3)), text_with((0, 3), (1, 2)), text_with((0, 1), (2, 3))]
    exact, mean_jaccard = measure_spans(texts)
    assert exact == pytest.approx(1 / 3)
    assert mean_jaccard == pytest.approx((1 + 0.5 + 0) / 3)


def test_span_logit_is_the_sum_of_its_start_and_its_end(network: keras.Model, tokenizer: Tokenizer) -> None:
    split = Split(texts=["so very glad", "sad"], labels=[2, 0], spans=[(8, 12), (0, 3)])
    glad = split_span_logits(network, tokenizer, split, 32)[0]
    outputs = network(pad(encode_truncated(tokenizer, split.texts, 32)))
    starts, ends = (outputs[name].numpy()[0, 1:4, 2] for name in ("span_start", "span_end"))
    assert (glad.label, glad.target) == (2, (2, 2))
    for first in range(3):
        for last in range(3):
            expected = starts[first] + ends[last] if first <= last else -np.inf
            assert glad.logits[first, last] == pytest.approx(expected, abs=1e-4)


def test_target_span_has_the_tokens_of_the_phrase(network: keras.Model, tokenizer: Tokenizer, phrases: Split) -> None:
    texts = split_span_logits(network, tokenizer, phrases, 64)
    assert len(texts) == len(phrases)
    for text, string, span, label in zip(texts, phrases.texts, phrases.spans, phrases.labels, strict=True):
        offsets = tokenizer.encode(string, add_special_tokens=False).offsets
        assert (offsets[text.target[0]][0], offsets[text.target[1]][1]) == span
        assert text.logits.shape == (len(offsets), len(offsets))
        assert text.label == label


def test_text_whose_phrase_is_truncated_is_left_out(network: keras.Model, tokenizer: Tokenizer) -> None:
    text = "so " * 20 + "glad"
    split = Split(texts=[text, text], labels=[2, 2], spans=[(60, 64), (0, 2)])
    texts = split_span_logits(network, tokenizer, split, 8)
    assert [(text.target, len(text.logits)) for text in texts] == [((0, 0), 6)]
