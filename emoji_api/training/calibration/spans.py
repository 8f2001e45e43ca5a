"""Fits the temperature and the prior of spans."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from emoji_api.inference.spans import SpanPrior, with_prior
from emoji_api.tasks import Task
from emoji_api.training.network.spans import SpanLogits, token_jaccard


def calibrate_spans(task: Task, scores: Sequence[SpanLogits]) -> dict[str, Any]:
    """The temperature and the prior of the spans that are chosen: where the whole text is given, nothing is asked."""
    whole = [label for number, label in enumerate(task.labels) if whole_text_is_better(scores, number)]
    chosen = [of_row for of_row in scores if task.labels[of_row.label] not in whole]
    temperature, prior = fit_spans(chosen or scores)
    return {"temperature": temperature, "threshold": None, "whole": whole, "prior": dataclasses.asdict(prior)}


def whole_text_is_better(scores: Sequence[SpanLogits], label: int) -> bool:
    """Whether the whole text overlaps the right span of texts of a label more than the likeliest span does."""
    of_label = [of_row for of_row in scores if of_row.label == label]
    whole = sum(token_jaccard((0, len(of_row.logits) - 1), of_row.right) for of_row in of_label)
    return whole >= sum(token_jaccard(of_row.best, of_row.right) for of_row in of_label) and bool(of_label)


def fit_spans(scores: Sequence[SpanLogits]) -> tuple[float, SpanPrior]:
    """The temperature and the prior of least negative log-likelihood of the right spans.

    The probabilities of a text's spans are the softmax of `logits / temperature`, with the prior added.
    """

    def unpack(values: np.ndarray) -> tuple[float, SpanPrior]:
        log_temperature, whole_text, log_length = values.tolist()
        return float(np.exp(log_temperature)), SpanPrior(whole_text=whole_text, log_length=log_length)

    def negative_log_likelihood(values: np.ndarray) -> float:
        temperature, prior = unpack(values)
        weighed = ((with_prior(of_row.logits / temperature, prior), of_row.right) for of_row in scores)
        return -float(np.mean([logits[right] - logsumexp(logits) for logits, right in weighed]))

    return unpack(minimize(negative_log_likelihood, np.zeros(3), bounds=[(-2, 2), (-5, 5), (-5, 5)]).x)
