"""Calibration of the phrase: the temperature and the prior of spans, and the labels whose phrase is the whole text."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from emoji_api.inference.spans import SpanPrior, with_prior
from emoji_api.tasks import Task
from emoji_api.training.network.spans import SpanLogits, token_jaccard


def calibrate_spans(task: Task, texts: Sequence[SpanLogits]) -> dict[str, Any]:
    """Return the entry of a span task in `bundle.json`: its temperature, its prior and its `whole` labels.

    For `whole` labels the whole text is the answer, so the temperature and the prior are fitted on the texts of the
    other labels; on all texts if no others are left.
    """
    whole = [label for number, label in enumerate(task.labels) if whole_text_is_better(texts, number)]
    with_phrase = [text for text in texts if task.labels[text.label] not in whole]
    temperature, prior = fit_spans(with_phrase or texts)
    return {"temperature": temperature, "threshold": None, "whole": whole, "prior": dataclasses.asdict(prior)}


def whole_text_is_better(texts: Sequence[SpanLogits], label: int) -> bool:
    """Return whether, for texts of `label`, the whole text overlaps the target span at least as much as the best span.

    False if there are no such texts.
    """
    labelled = [text for text in texts if text.label == label]
    if not labelled:
        return False
    whole_text = sum(token_jaccard((0, len(text.logits) - 1), text.target) for text in labelled)
    return whole_text >= sum(token_jaccard(text.best, text.target) for text in labelled)


def fit_spans(texts: Sequence[SpanLogits]) -> tuple[float, SpanPrior]:
    """Return the temperature and the prior that minimise the negative log-likelihood of the target spans.

    The probabilities of a text's spans are the softmax of `logits / temperature` plus the prior.
    """

    def unpack(values: np.ndarray) -> tuple[float, SpanPrior]:
        log_temperature, whole_text, log_length = values.tolist()
        return float(np.exp(log_temperature)), SpanPrior(whole_text=whole_text, log_length=log_length)

    def negative_log_likelihood(values: np.ndarray) -> float:
        temperature, prior = unpack(values)
        scaled = ((with_prior(text.logits / temperature, prior), text.target) for text in texts)
        return -float(np.mean([logits[target] - logsumexp(logits) for logits, target in scaled]))

    return unpack(minimize(negative_log_likelihood, np.zeros(3), bounds=[(-2, 2), (-5, 5), (-5, 5)]).x)
