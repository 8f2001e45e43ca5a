"""Spans are chosen among pairs of tokens, and how sure the network is of them is calibrated."""

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.inference.spans import SpanPrior, span_logits, with_prior
from emoji_api.training.calibration.spans import fit_spans
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.batches import pad, tokenize
from emoji_api.training.network.spans import SpanLogits, measure_spans, split_span_logits, token_jaccard


def scores(right: tuple[int, int], best: tuple[int, int], tokens: int = 4) -> SpanLogits:
    """Of a text whose likeliest pair is `best`."""
    logits = np.where(np.tri(tokens, dtype=bool).T, 0.0, -np.inf)
    logits[best] = 5
    return SpanLogits(label=0, logits=logits, right=right)


def test_the_best_is_the_likeliest_pair() -> None:
    assert scores((0, 0), (1, 3)).best == (1, 3)


@pytest.mark.parametrize(
    ("one", "other", "index"),
    [
        ((1, 3), (1, 3), 1),
        ((0, 1), (2, 3), 0),
        ((0, 1), (3, 4), 0),
        ((0, 3), (1, 2), 0.5),
        ((0, 2), (2, 4), 0.2),
        ((2, 2), (0, 3), 0.25),
    ],
)
def test_overlap(one: tuple[int, int], other: tuple[int, int], index: float) -> None:
    assert token_jaccard(one, other) == token_jaccard(other, one) == index


def test_measures_by_hand() -> None:
    exact, mean = measure_spans([scores((1, 3), (1, 3)), scores((0, 3), (1, 2)), scores((0, 1), (2, 3))])
    assert exact == pytest.approx(1 / 3)
    assert mean == pytest.approx((1 + 0.5 + 0) / 3)


@pytest.mark.parametrize(
    ("temperature", "prior"),
    [
        (0.5, SpanPrior()),
        (1.0, SpanPrior(whole_text=1.5, log_length=-0.5)),
        (2.5, SpanPrior(whole_text=-1.0, log_length=1.0)),
    ],
)
def test_a_known_temperature_and_prior_are_recovered(temperature: float, prior: SpanPrior) -> None:
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(1000):
        size = int(rng.integers(3, 8))
        logits = span_logits(*rng.normal(0, 3, (2, size)), SpanPrior())
        chances = np.exp(with_prior(logits / temperature, prior)).ravel()
        first, last = divmod(int(rng.choice(size**2, p=chances / chances.sum())), size)
        drawn.append(SpanLogits(label=0, logits=logits, right=(first, last)))
    fitted, found = fit_spans(drawn)
    assert fitted == pytest.approx(temperature, rel=0.15)
    assert found.whole_text == pytest.approx(prior.whole_text, abs=0.35)
    assert found.log_length == pytest.approx(prior.log_length, abs=0.35)


def test_a_score_is_the_sum_of_a_start_and_an_end(network: keras.Model, tokenizer: Tokenizer) -> None:
    split = Split(texts=["so very glad", "sad"], labels=[2, 0], spans=[(8, 12), (0, 3)])
    glad = split_span_logits(network, tokenizer, split, 32)[0]
    outputs = network(pad(tokenize(tokenizer, split.texts, 32), 5))
    starts, ends = (outputs[name].numpy()[0, 1:4, 2] for name in ("span_start", "span_end"))
    assert (glad.label, glad.right) == (2, (2, 2))
    for first in range(3):
        for last in range(3):
            expected = starts[first] + ends[last] if first <= last else -np.inf
            assert glad.logits[first, last] == pytest.approx(expected, abs=1e-4)


def test_the_right_tokens_are_those_of_the_phrase(network: keras.Model, tokenizer: Tokenizer, phrases: Split) -> None:
    measured = split_span_logits(network, tokenizer, phrases, 64)
    assert len(measured) == len(phrases)
    for of_row, text, span, label in zip(measured, phrases.texts, phrases.spans, phrases.labels, strict=True):
        offsets = tokenizer.encode(text, add_special_tokens=False).offsets
        assert (offsets[of_row.right[0]][0], offsets[of_row.right[1]][1]) == span
        assert of_row.logits.shape == (len(offsets), len(offsets))
        assert of_row.label == label


def test_a_phrase_that_is_not_read_is_left_out(network: keras.Model, tokenizer: Tokenizer) -> None:
    text = "so " * 20 + "glad"
    split = Split(texts=[text, text], labels=[2, 2], spans=[(60, 64), (0, 2)])
    measured = split_span_logits(network, tokenizer, split, 8)
    assert [(of_row.right, len(of_row.logits)) for of_row in measured] == [((0, 0), 6)]
