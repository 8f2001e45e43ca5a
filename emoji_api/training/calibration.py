"""Confidence that can be believed: a temperature and a bias a label, fitted on validation data."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tf_keras as keras
from scipy.optimize import minimize
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, Task
from emoji_api.training.datasets import Split
from emoji_api.training.decisions import decision_of
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.params import CalibrationParams, Params
from emoji_api.training.spans import SpanScores, fit_spans, overlap, span_scores
from emoji_api.training.temperature import Temperature

Weighted = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Logits (rows, labels), label ids (rows,), weights (rows,)."""


def calibrate(
    network: keras.Model,
    tokenizer: Tokenizer,
    measured: Mapping[str, Mapping[str, Split]],
    tasks: Sequence[Task],
    params: Params,
    nothing_to_feel: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """Fit each task on its validation split: what `bundle.json` says of it: temperature, decision, and the like.

    Emotion is fitted on the annotated tweets too, and on the texts with `nothing_to_feel`, where `params.calibration`
    gives them a weight. The biases go into the heads' own, in place.
    """

    def logits_of(task: Task, texts: Sequence[str]) -> np.ndarray:
        return predict(network, tokenizer, texts, params.max_length)[task.name]

    def weighted(task: Task, split: Split) -> Weighted:
        labels, evenness = np.array(split.labels), params.calibration.evenness.get(task.name, 0.0)
        return logits_of(task, split.texts), labels, even_weights(labels, evenness, len(task.labels))

    def calibrated(task: Task) -> dict[str, Any]:
        splits = measured[task.name]
        if task.kind == "span":
            return calibrate_spans(task, span_scores(network, tokenizer, splits["validation"], params.max_length))
        rows = weighted(task, splits["validation"])
        if "annotated" in splits and params.calibration.annotated:
            rows = joined(rows, weighted(task, splits["annotated"]), params.calibration.annotated)
        unsure = None
        if task == EMOTION and nothing_to_feel and params.calibration.nothing_to_feel:
            unsure = of_no_label(logits_of(task, nothing_to_feel))
        temperature, bias = fitted(task, rows, unsure, params.calibration)
        network.get_layer(task.name).classifier.bias.assign_add(temperature.value * bias)
        size = len(splits["validation"])
        decision = decision_of(
            task, temperature.probabilities(rows[0][:size], bias), rows[1][:size], params.calibration
        )
        return {**temperature.as_entry(), **decision}

    return {task.name: calibrated(task) for task in tasks}


def fitted(
    task: Task, rows: Weighted, unsure: Weighted | None, params: CalibrationParams
) -> tuple[Temperature, np.ndarray]:
    """The temperature and the bias a label (labels,) of a task, fitted as `params` say.

    `rows` decide on the bias, and with it which labels are given; `unsure` only on how sure it may be.
    """
    strength = params.logit_adjustment.get(task.name)
    value, bias = fit_calibration(*rows) if strength is None else adjusted(*rows[:2], strength)
    if unsure:
        rows = joined(rows, unsure, params.nothing_to_feel)
    if unsure or task.name in params.by_entropy:
        return fit_temperature(rows, value, bias, by_entropy=task.name in params.by_entropy)
    return Temperature(value), bias


def calibrate_spans(task: Task, scores: Sequence[SpanScores]) -> dict[str, Any]:
    """The temperature and the prior of the spans that are chosen: where the whole text is given, nothing is asked."""
    whole = [label for number, label in enumerate(task.labels) if whole_is_better(scores, number)]
    chosen = [of_row for of_row in scores if task.labels[of_row.label] not in whole]
    temperature, prior = fit_spans(chosen or scores)
    return {"temperature": temperature, "threshold": None, "whole": whole, "prior": dataclasses.asdict(prior)}


def joined(one: Weighted, other: Weighted, share: float) -> Weighted:
    """Both, of which all that is in `other` weighs `share` of all that is in `one`."""
    weights = share * one[2].sum() / other[2].sum() * other[2]
    return (
        np.concatenate([one[0], other[0]]),
        np.concatenate([one[1], other[1]]),
        np.concatenate([one[2], weights]),
    )


def of_no_label(logits: np.ndarray) -> Weighted:
    """Rows whose right answer is an even spread: each once with each label, which together weigh as one row does."""
    rows, size = logits.shape
    return np.repeat(logits, size, axis=0), np.tile(np.arange(size), rows), np.full(rows * size, 1 / size)


def whole_is_better(scores: Sequence[SpanScores], label: int) -> bool:
    """Whether the whole text overlaps the right span of texts of a label more than the likeliest span does."""
    of_label = [of_row for of_row in scores if of_row.label == label]
    whole = sum(overlap((0, len(of_row.logits) - 1), of_row.right) for of_row in of_label)
    return whole >= sum(overlap(of_row.best, of_row.right) for of_row in of_label) and bool(of_label)


def even_weights(labels: np.ndarray, evenness: float, size: int) -> np.ndarray:
    """Weights (rows,) that raise those of `size` labels that are rarer than an even share.

    From `evenness` 0, each counts as often as it is in the rows, to 1, as if it had an even share, which a macro
    average rewards, and which other tweets may be nearer to.
    """
    shares = np.bincount(labels, minlength=size).clip(1) * size / len(labels)
    weights: np.ndarray = shares.clip(max=1)[labels] ** -evenness
    return weights


def fit_calibration(
    logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """The temperature and the bias a label (labels,) of least negative log-likelihood.

    Calibrated probabilities are `softmax(logits / temperature + bias)`: bias-corrected temperature scaling (Alexandari
    et al., 2020, https://arxiv.org/abs/1901.06852). The bias takes back what class weights and the mixture of data
    sets did to the classes' priors. `logits` (rows, labels), `labels` (rows,) of ids, `weights` (rows,), alike unless
    given. The bias sums to zero.
    """
    logits = logits.astype(np.float64)  # the optimiser's steps are too small for float32

    def unpack(values: np.ndarray) -> tuple[float, np.ndarray]:
        bias = np.append(values[1:], 0.0)
        return float(np.exp(values[0])), bias - bias.mean()

    def negative_log_likelihood(values: np.ndarray) -> float:
        temperature, bias = unpack(values)
        probabilities = softmax(logits / temperature + bias)
        likelihoods = probabilities[np.arange(len(labels)), labels].clip(1e-12)
        return float(-np.average(np.log(likelihoods), weights=weights))

    return unpack(minimize(negative_log_likelihood, np.zeros(logits.shape[1]), bounds=[(-2, 2)] * logits.shape[1]).x)


def fit_temperature(
    rows: Weighted, value: float, bias: np.ndarray, *, by_entropy: bool
) -> tuple[Temperature, np.ndarray]:
    """The temperature of least negative log-likelihood with a `bias` (labels,) that was fitted at `value` before.

    With `by_entropy` it depends on the entropy. The bias comes back as it is at the new temperature.
    """
    logits, labels, weights = rows
    shifted = logits.astype(np.float64) + value * bias

    def temperature_of(values: np.ndarray) -> Temperature:
        return Temperature(float(np.exp(values[0])), float(values[1]) if by_entropy else 0.0)

    def negative_log_likelihood(values: np.ndarray) -> float:
        likelihoods = temperature_of(values).probabilities(shifted)[np.arange(len(labels)), labels].clip(1e-12)
        return float(-np.average(np.log(likelihoods), weights=weights))

    start = np.array([np.log(value), 0.0][: 1 + by_entropy])
    fitted = temperature_of(minimize(negative_log_likelihood, start, bounds=[(-2, 2), (-1, 1)][: 1 + by_entropy]).x)
    return fitted, bias * value / fitted.value


def adjusted(logits: np.ndarray, labels: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
    """The temperature and the bias a label (labels,) of logits that are adjusted after they were calibrated.

    From each, `strength` times the logarithm of its label's share of the rows is taken, where 1 makes up for all of it:
    logit adjustment (Menon et al., 2021, https://arxiv.org/abs/2007.07314). The temperature is fitted again, with the
    bias as it is. `logits` (rows, labels), `labels` (rows,) of ids. The bias sums to zero.
    """
    temperature, bias = fit_calibration(logits, labels)
    log_shares = np.log(np.bincount(labels, minlength=logits.shape[1]).clip(1))
    bias = bias - strength * (log_shares - log_shares.mean())
    fitted, bias = fit_temperature((logits, labels, np.ones(len(labels))), temperature, bias, by_entropy=False)
    return fitted.value, bias


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """How far, on average, the confidence is from the share that is right, over `bins` of equal width.

    `confidence` (rows,) of the label that was given, `right` (rows,) whether it was the right one.
    """
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == place].mean() - right[places == place].mean()) * (places == place).mean()
        for place in np.unique(places)
    ]
    return float(np.sum(gaps))


def calibration_error_by_chance(confidence: np.ndarray, draws: int = 100) -> float:
    """The calibration error of answers that are right with just the probability `confidence` (rows,), on average.

    It is not zero, since the rows of a bin are few: what is measured beyond it is the confidence's own fault.
    """
    rng = np.random.default_rng(0)
    errors = [expected_calibration_error(confidence, rng.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.mean(errors))
