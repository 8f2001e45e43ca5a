"""Calibration of spans: temperature and prior, and the labels whose phrase is the whole text."""

from dataclasses import asdict

import numpy as np
import pytest

from emoji_api.inference.spans import SpanPrior, span_logits, with_prior
from emoji_api.tasks import PHRASE
from emoji_api.training.calibration.spans import calibrate_spans, fit_spans, whole_text_is_better
from emoji_api.training.network.spans import SpanLogits


def texts_of_label(label: int, *targets: tuple[int, int]) -> list[SpanLogits]:
    """Return texts of four tokens with the given targets, for which the network predicts the second token."""
    logits = np.where(np.tri(4, dtype=bool).T, 0.0, -np.inf)
    logits[1, 1] = 5
    return [SpanLogits(label=label, logits=logits, target=target) for target in targets]


@pytest.mark.parametrize(
    ("temperature", "prior"),
    [
        (0.5, SpanPrior()),
        (1.0, SpanPrior(whole_text=1.5, log_length=-0.5)),
        (2.5, SpanPrior(whole_text=-1.0, log_length=1.0)),
    ],
)
def test_known_temperature_and_prior_are_recovered(temperature: float, prior: SpanPrior) -> None:
    rng = np.random.default_rng(0)
    texts = []
    for _ in range(1000):
        tokens = int(rng.integers(3, 8))
        logits = span_logits(*rng.normal(0, 3, (2, tokens)), SpanPrior())
        exponents = np.exp(with_prior(logits / temperature, prior)).ravel()
        first, last = divmod(int(rng.choice(tokens**2, p=exponents / exponents.sum())), tokens)
        texts.append(SpanLogits(label=0, logits=logits, target=(first, last)))
    fitted_temperature, fitted_prior = fit_spans(texts)
    assert fitted_temperature == pytest.approx(temperature, rel=0.15)
    assert fitted_prior.whole_text == pytest.approx(prior.whole_text, abs=0.35)
    assert fitted_prior.log_length == pytest.approx(prior.log_length, abs=0.35)


@pytest.mark.parametrize(
    ("targets", "better"), [([(0, 3)], True), ([(1, 1)], False), ([(0, 2), (1, 1)], False), ([(0, 2), (1, 2)], True)]
)
def test_whole_text_is_better_if_it_overlaps_more(targets: list[tuple[int, int]], better: bool) -> None:
    assert whole_text_is_better(texts_of_label(1, *targets), 1) is better


def test_whole_text_is_decided_label_by_label() -> None:
    texts = texts_of_label(0, (1, 1), (1, 1)) + texts_of_label(1, (0, 3))
    assert [whole_text_is_better(texts, label) for label in range(3)] == [False, True, False]


def test_texts_of_whole_labels_are_not_fitted_on() -> None:
    negative = texts_of_label(0, (1, 1), (1, 1), (1, 1), (0, 1))
    neutral = texts_of_label(1, *[(0, 3)] * 20)  # the network is confidently wrong about these
    entry = calibrate_spans(PHRASE, negative + neutral)
    temperature, prior = fit_spans(negative)
    assert entry == {"temperature": temperature, "threshold": None, "whole": ["neutral"], "prior": asdict(prior)}
    assert prior.whole_text < fit_spans(negative + neutral)[1].whole_text
