"""How labels are chosen by probabilities: fitted on validation data, for the measure that a task has."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import WITH_THRESHOLD, Task
from emoji_api.training.params import CalibrationParams

THRESHOLDS = np.arange(5, 96) / 100
ROUNDS = 200


def fit_decision_rule(
    task: Task, probabilities: np.ndarray, labels: np.ndarray, params: CalibrationParams
) -> Mapping[str, Any]:
    """What `bundle.json` says of a task's decision, by calibrated `probabilities` (rows, labels) of ids `labels`."""
    if task.name in WITH_THRESHOLD:
        return {"threshold": fit_threshold(probabilities[:, 1], labels, params.max_false_positive_rate.get(task.name))}
    if task.name not in params.macro_f1_tasks:
        return {"threshold": None}
    decision = macro_f1_rule(probabilities)
    return {"threshold": None, "floors": list(decision.floors), "weights": list(decision.weights)}


def fit_threshold(scores: np.ndarray, labels: np.ndarray, max_false_positive_rate: float | None) -> float:
    """The score from which to give label 1: cautious where the share of `max_false_positive_rate` is bounded, else the best."""
    return (
        best_threshold(scores, labels)
        if max_false_positive_rate is None
        else cautious_threshold(scores, labels, max_false_positive_rate)
    )


def best_threshold(scores: np.ndarray, labels: np.ndarray) -> float:
    """The score (in hundredths) from which to give label 1, for the best macro F1 of `labels` (rows,) of 0 and 1."""
    return float(max(THRESHOLDS, key=lambda threshold: f1_score(labels, scores >= threshold, average="macro")))


def cautious_threshold(scores: np.ndarray, labels: np.ndarray, max_false_positive_rate: float) -> float:
    """The lowest score (in hundredths) from which at most the share `max_false_positive_rate` of the rows of label 0 gets label 1.

    Unlike the best macro F1, it does not grow bold where the data set has far more of label 1 than the world has.
    """
    of_others = scores[labels == 0]
    cautious = (threshold for threshold in THRESHOLDS if (of_others >= threshold).mean() <= max_false_positive_rate)
    return float(next(cautious, THRESHOLDS[-1]))


def macro_f1_rule(probabilities: np.ndarray) -> DecisionRule:
    """The decision of the best expected macro F1 of rows with calibrated `probabilities` (rows, labels).

    A label that is given for `given` rows, is right for `true` of them and is that of `rows` has the F1 2 true / (given
    + rows). One more row of the probability p changes it by (2 p - F1) / (given + rows): the best label is the one of
    the largest change, linear in p (Narasimhan et al., 2015, https://arxiv.org/abs/1501.00287), and its floor is half
    of its F1, as for a label alone (Lipton et al., 2014, https://arxiv.org/abs/1402.1892). What is given depends on F1
    and the other way round, so both are approached in small steps, and the best that was met is kept.
    """
    rows, size = probabilities.sum(axis=0), probabilities.shape[1]
    chosen = np.eye(size)[probabilities.argmax(axis=1)]
    given, true = chosen.sum(axis=0), (chosen * probabilities).sum(axis=0)
    best, decision = 0.0, DecisionRule()
    for step in range(ROUNDS):
        f1 = 2 * true / (given + rows)
        tried = DecisionRule(
            floors=tuple((f1 / 2).tolist()), weights=tuple((len(probabilities) / (given + rows)).tolist())
        )
        chosen = np.eye(size)[tried(probabilities)]
        new_given, new_true = chosen.sum(axis=0), (chosen * probabilities).sum(axis=0)
        expected = float((2 * new_true / (new_given + rows)).mean())
        if expected > best:
            best, decision = expected, tried
        share = 2 / (step + 4)
        given, true = given + share * (new_given - given), true + share * (new_true - true)
    return decision
