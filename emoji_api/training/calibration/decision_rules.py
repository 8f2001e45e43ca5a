"""Decision rules fitted on validation data: thresholds, and the rule that maximises the expected macro F1."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import WITH_THRESHOLD, Task
from emoji_api.training.params import CalibrationParams

THRESHOLDS = np.arange(5, 96) / 100
"""The candidate thresholds, 0.05 to 0.95."""
ITERATIONS = 200
"""Number of Frank-Wolfe steps."""


def fit_decision_rule(
    task: Task, probabilities: np.ndarray, labels: np.ndarray, params: CalibrationParams
) -> Mapping[str, Any]:
    """Return the decision rule's part of a task's entry in `bundle.json`.

    `probabilities` (rows, labels) are calibrated, `labels` (rows,) are ids.
    """
    if task.name in WITH_THRESHOLD:
        return {"threshold": fit_threshold(probabilities[:, 1], labels, params.max_false_positive_rate.get(task.name))}
    if task.name not in params.macro_f1_tasks:
        return {"threshold": None}
    rule = macro_f1_rule(probabilities)
    return {"threshold": None, "floors": list(rule.floors), "weights": list(rule.weights)}


def fit_threshold(positive: np.ndarray, labels: np.ndarray, max_false_positive_rate: float | None) -> float:
    """Return the threshold for a binary task: the probability of label 1 from which it is predicted.

    `positive` (rows,) is the probability of label 1, `labels` (rows,) are 0 or 1. Without `max_false_positive_rate` the
    threshold maximises macro F1.
    """
    if max_false_positive_rate is None:
        return macro_f1_threshold(positive, labels)
    return false_positive_rate_threshold(positive, labels, max_false_positive_rate)


def macro_f1_threshold(positive: np.ndarray, labels: np.ndarray) -> float:
    """Return the one of `THRESHOLDS` with the highest macro F1.

    `positive` (rows,) is the probability of label 1, `labels` (rows,) are 0 or 1.
    """
    return float(max(THRESHOLDS, key=lambda threshold: f1_score(labels, positive >= threshold, average="macro")))


def false_positive_rate_threshold(positive: np.ndarray, labels: np.ndarray, max_false_positive_rate: float) -> float:
    """Return the lowest of `THRESHOLDS` with a false positive rate of at most `max_false_positive_rate`.

    `positive` (rows,) is the probability of label 1, `labels` (rows,) are 0 or 1. If no threshold is high enough, the
    highest is returned. Unlike the threshold of the best macro F1, this one does not depend on the prior of label 1,
    which is far higher in the data sets than in live traffic.
    """
    negatives = positive[labels == 0]
    allowed = (threshold for threshold in THRESHOLDS if (negatives >= threshold).mean() <= max_false_positive_rate)
    return float(next(allowed, THRESHOLDS[-1]))


def macro_f1_rule(probabilities: np.ndarray) -> DecisionRule:
    """Return the decision rule of the highest expected macro F1 for calibrated `probabilities` (rows, labels).

    If a label is predicted `predicted` times, correctly `correct` times, and occurs `actual` times, its F1 is
    2 correct / (predicted + actual). One more predicted row of probability p changes it by
    (2 p - F1) / (predicted + actual). The best label of a row is the one of the largest change, which is linear in p
    (Narasimhan et al., 2015, https://arxiv.org/abs/1501.00287); its floor is half of its F1, as for a binary problem
    (Lipton et al., 2014, https://arxiv.org/abs/1402.1892). F1 and predictions depend on each other: both are
    approached by Frank-Wolfe steps, and the best rule on the way is returned.
    """
    actual, labels = probabilities.sum(axis=0), probabilities.shape[1]
    one_hot = np.eye(labels)[probabilities.argmax(axis=1)]
    predicted, correct = one_hot.sum(axis=0), (one_hot * probabilities).sum(axis=0)
    best_f1, best_rule = 0.0, DecisionRule()
    for iteration in range(ITERATIONS):
        f1 = 2 * correct / (predicted + actual)
        rule = DecisionRule(
            floors=tuple((f1 / 2).tolist()), weights=tuple((len(probabilities) / (predicted + actual)).tolist())
        )
        one_hot = np.eye(labels)[rule(probabilities)]
        new_predicted, new_correct = one_hot.sum(axis=0), (one_hot * probabilities).sum(axis=0)
        expected_f1 = float((2 * new_correct / (new_predicted + actual)).mean())
        if expected_f1 > best_f1:
            best_f1, best_rule = expected_f1, rule
        step = 2 / (iteration + 4)
        predicted, correct = predicted + step * (new_predicted - predicted), correct + step * (new_correct - correct)
    return best_rule
