"""Confidence that can be believed: a temperature and a bias a label, fit_task on validation data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tf_keras as keras
from scipy.optimize import minimize
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, Task
from emoji_api.training.calibration.decision_rules import fit_decision_rule
from emoji_api.training.calibration.spans import calibrate_spans
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.network.spans import split_span_logits
from emoji_api.training.params import CalibrationParams, Params

Weighted = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Logits (rows, labels), label ids (rows,), weights (rows,)."""


def calibrate(
    network: keras.Model,
    tokenizer: Tokenizer,
    measured: Mapping[str, Mapping[str, Split]],
    tasks: Sequence[Task],
    params: Params,
    no_emotion_texts: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """Fit each task on its validation split: what `bundle.json` says of it: temperature, decision, and the like.

    Emotion is fit_task on the annotated tweets too, and on the texts with `no_emotion_texts`, where `params.calibration`
    gives them a weight. The biases go into the heads' own, in place.
    """

    def logits_of(task: Task, texts: Sequence[str]) -> np.ndarray:
        return predict(network, tokenizer, texts, params.max_length)[task.name]

    def weighted(task: Task, split: Split) -> Weighted:
        labels, class_balance = np.array(split.labels), params.calibration.class_balance.get(task.name, 0.0)
        return logits_of(task, split.texts), labels, class_balance_weights(labels, class_balance, len(task.labels))

    def calibrated(task: Task) -> dict[str, Any]:
        splits = measured[task.name]
        if task.kind == "span":
            return calibrate_spans(task, split_span_logits(network, tokenizer, splits["validation"], params.max_length))
        rows = weighted(task, splits["validation"])
        if "annotated" in splits and params.calibration.annotated_weight:
            rows = concatenate_weighted(rows, weighted(task, splits["annotated"]), params.calibration.annotated_weight)
        unsure = None
        if task == EMOTION and no_emotion_texts and params.calibration.no_emotion_weight:
            unsure = uniform_targets(logits_of(task, no_emotion_texts))
        temperature, bias = fit_task(task, rows, unsure, params.calibration)
        network.get_layer(task.name).classifier.bias.assign_add(temperature.value * bias)
        size = len(splits["validation"])
        decision = fit_decision_rule(
            task, temperature.probabilities(rows[0][:size], bias), rows[1][:size], params.calibration
        )
        return {**temperature.as_entry(), **decision}

    return {task.name: calibrated(task) for task in tasks}


def fit_task(
    task: Task, rows: Weighted, unsure: Weighted | None, params: CalibrationParams
) -> tuple[Temperature, np.ndarray]:
    """The temperature and the bias a label (labels,) of a task, fit_task as `params` say.

    `rows` decide on the bias, and with it which labels are given; `unsure` only on how sure it may be.
    """
    strength = params.logit_adjustment.get(task.name)
    value, bias = fit_calibration(*rows) if strength is None else fit_logit_adjustment(*rows[:2], strength)
    if unsure:
        rows = concatenate_weighted(rows, unsure, params.no_emotion_weight)
    if unsure or task.name in params.entropy_scaled_tasks:
        return fit_temperature(rows, value, bias, entropy_scaled=task.name in params.entropy_scaled_tasks)
    return Temperature(value), bias


def concatenate_weighted(one: Weighted, other: Weighted, share: float) -> Weighted:
    """Both, of which all that is in `other` weighs `share` of all that is in `one`."""
    weights = share * one[2].sum() / other[2].sum() * other[2]
    return (
        np.concatenate([one[0], other[0]]),
        np.concatenate([one[1], other[1]]),
        np.concatenate([one[2], weights]),
    )


def uniform_targets(logits: np.ndarray) -> Weighted:
    """Rows whose right answer is an even spread: each once with each label, which together weigh as one row does."""
    rows, size = logits.shape
    return np.repeat(logits, size, axis=0), np.tile(np.arange(size), rows), np.full(rows * size, 1 / size)


def class_balance_weights(labels: np.ndarray, class_balance: float, size: int) -> np.ndarray:
    """Weights (rows,) that raise those of `size` labels that are rarer than an even share.

    From `class_balance` 0, each counts as often as it is in the rows, to 1, as if it had an even share, which a macro
    average rewards, and which other tweets may be nearer to.
    """
    shares = np.bincount(labels, minlength=size).clip(1) * size / len(labels)
    weights: np.ndarray = shares.clip(max=1)[labels] ** -class_balance
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
    rows: Weighted, value: float, bias: np.ndarray, *, entropy_scaled: bool
) -> tuple[Temperature, np.ndarray]:
    """The temperature of least negative log-likelihood with a `bias` (labels,) that was fit_task at `value` before.

    With `entropy_scaled` it depends on the entropy. The bias comes back as it is at the new temperature.
    """
    logits, labels, weights = rows
    shifted = logits.astype(np.float64) + value * bias

    def temperature_of(values: np.ndarray) -> Temperature:
        return Temperature(float(np.exp(values[0])), float(values[1]) if entropy_scaled else 0.0)

    def negative_log_likelihood(values: np.ndarray) -> float:
        likelihoods = temperature_of(values).probabilities(shifted)[np.arange(len(labels)), labels].clip(1e-12)
        return float(-np.average(np.log(likelihoods), weights=weights))

    start = np.array([np.log(value), 0.0][: 1 + entropy_scaled])
    fit_task = temperature_of(
        minimize(negative_log_likelihood, start, bounds=[(-2, 2), (-1, 1)][: 1 + entropy_scaled]).x
    )
    return fit_task, bias * value / fit_task.value


def fit_logit_adjustment(logits: np.ndarray, labels: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
    """The temperature and the bias a label (labels,) of logits that are fit_logit_adjustment after they were calibrated.

    From each, `strength` times the logarithm of its label's share of the rows is taken, where 1 makes up for all of it:
    logit adjustment (Menon et al., 2021, https://arxiv.org/abs/2007.07314). The temperature is fit_task again, with the
    bias as it is. `logits` (rows, labels), `labels` (rows,) of ids. The bias sums to zero.
    """
    temperature, bias = fit_calibration(logits, labels)
    log_shares = np.log(np.bincount(labels, minlength=logits.shape[1]).clip(1))
    bias = bias - strength * (log_shares - log_shares.mean())
    fit_task, bias = fit_temperature((logits, labels, np.ones(len(labels))), temperature, bias, entropy_scaled=False)
    return fit_task.value, bias
