"""Calibration of a fitted network, task by task, on validation data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.progress import TEXTS, stage, track
from emoji_api.tasks import EMOTION, Task
from emoji_api.training.calibration.bias import fit_bias_corrected_temperature, fit_logit_adjustment
from emoji_api.training.calibration.decision_rules import fit_decision_rule
from emoji_api.training.calibration.no_emotion import as_entry, fit_no_emotion
from emoji_api.training.calibration.spans import calibrate_spans
from emoji_api.training.calibration.temperature import Temperature, fit_temperature
from emoji_api.training.calibration.weighted_logits import (
    WeightedLogits,
    class_balance_weights,
    concatenate_weighted,
    uniform_targets,
)
from emoji_api.training.data.readers import Split
from emoji_api.training.network.forward import predict
from emoji_api.training.network.spans import split_span_logits
from emoji_api.training.params import CalibrationParams, Params


def calibrate(
    network: keras.Model,
    tokenizer: Tokenizer,
    eval_splits: Mapping[str, Mapping[str, Split]],
    tasks: Sequence[Task],
    params: Params,
    no_emotion_texts: Sequence[str] = (),
) -> dict[str, dict[str, Any]]:
    """Return each task's calibration as its entry in `bundle.json`: temperature, threshold and decision rule,
    and for emotion the rule for tweets without one, if there are annotated tweets.

    `eval_splits` has the splits of each task by name; `validation` is required. Emotion is also fitted on the split
    `annotated` and on `no_emotion_texts`, if `params.calibration` gives them a weight. The biases of classification
    tasks are added to the biases of their heads in `network`, in place.
    """
    entries = {}
    for task in track(tasks, "calibration"):
        splits = eval_splits[task.name]
        if task.kind == "span":
            with stage(f"answering {task.name}", len(splits["validation"]), TEXTS):
                logits = split_span_logits(network, tokenizer, splits["validation"], params.max_length)
            entries[task.name] = calibrate_spans(task, logits)
        else:
            entries[task.name] = calibrate_classification(network, tokenizer, splits, task, params, no_emotion_texts)
    return entries


def calibrate_classification(
    network: keras.Model,
    tokenizer: Tokenizer,
    splits: Mapping[str, Split],
    task: Task,
    params: Params,
    no_emotion_texts: Sequence[str],
) -> dict[str, Any]:
    """Return a classification task's entry in `bundle.json`, and add its bias to that of its head in `network`."""

    def logits_of(texts: Sequence[str]) -> np.ndarray:
        with stage(f"answering {task.name}", len(texts), TEXTS):
            return predict(network, tokenizer, texts, params.max_length)[task.name]

    def weighted(split: Split) -> WeightedLogits:
        labels, class_balance = np.array(split.labels), params.calibration.class_balance.get(task.name, 0.0)
        weights = class_balance_weights(labels, class_balance, len(task.labels))
        return WeightedLogits(logits_of(split.texts), labels, weights)

    validation = weighted(splits["validation"])
    rows = validation
    if "annotated" in splits and params.calibration.annotated_weight:
        rows = concatenate_weighted(rows, weighted(splits["annotated"]), params.calibration.annotated_weight)
    no_emotion = None
    if task == EMOTION and no_emotion_texts and params.calibration.no_emotion_weight:
        no_emotion = uniform_targets(logits_of(no_emotion_texts))
    temperature, bias = fit_temperature_and_bias(task, rows, no_emotion, params.calibration)
    network.get_layer(task.name).classifier.bias.assign_add(temperature.value * bias)
    probabilities = temperature.probabilities(validation.logits, bias)
    decision = fit_decision_rule(task, probabilities, validation.labels, params.calibration)
    entry = {**temperature.as_entry(), **decision}
    if task == EMOTION and no_emotion_texts and "annotated" in splits:
        texts = [*splits["annotated"].texts, *no_emotion_texts]
        without_emotion = np.arange(len(texts)) >= len(splits["annotated"])
        # the bias is part of the head now
        rule = fit_no_emotion(
            temperature.probabilities(logits_of(texts), np.zeros(len(task.labels))),
            without_emotion,
            params.calibration.no_emotion_max_false_positive_rate,
        )
        entry["no_emotion"] = as_entry(rule)
    return entry


def fit_temperature_and_bias(
    task: Task, rows: WeightedLogits, no_emotion: WeightedLogits | None, params: CalibrationParams
) -> tuple[Temperature, np.ndarray]:
    """Return the temperature and the bias (labels,) of a classification task.

    The bias is fitted on `rows` alone. The rows without emotion, whose targets are uniform, affect the temperature
    only, so that they lower the confidence but do not change which label is predicted.
    """
    strength = params.logit_adjustment.get(task.name)
    if strength is None:
        value, bias = fit_bias_corrected_temperature(*rows)
    else:
        value, bias = fit_logit_adjustment(rows.logits, rows.labels, strength)
    entropy_scaled = task.name in params.entropy_scaled_tasks
    if no_emotion:
        rows = concatenate_weighted(rows, no_emotion, params.no_emotion_weight)
    if no_emotion or entropy_scaled:
        return fit_temperature(rows, value, bias, entropy_scaled=entropy_scaled)
    return Temperature(value), bias
