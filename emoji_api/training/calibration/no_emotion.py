"""The rule that recognises tweets without an emotion, fitted on the LLM-annotated validation tweets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from emoji_api.inference.no_emotion import NoEmotionRule, log_divergence
from emoji_api.training.calibration.decision_rules import fit_threshold


def fit_no_emotion(
    probabilities: np.ndarray, without_emotion: np.ndarray, max_false_positive_rate: float | None
) -> NoEmotionRule:
    """Return the rule fitted on tweets whose emotion is known.

    `probabilities` (rows, emotions) are calibrated; `without_emotion` (rows,) is true for tweets without an emotion.
    `max_false_positive_rate` is the maximum share of the tweets with an emotion that get none; without it, the
    threshold maximises macro F1.
    """
    regression = LogisticRegression().fit(log_divergence(probabilities)[:, None], without_emotion)
    slope, intercept = float(regression.coef_[0, 0]), float(regression.intercept_[0])
    probability = NoEmotionRule(slope=slope, intercept=intercept, threshold=0.0).probability(probabilities)
    threshold = fit_threshold(probability, without_emotion.astype(int), max_false_positive_rate)
    return NoEmotionRule(slope=slope, intercept=intercept, threshold=threshold)


def as_entry(rule: NoEmotionRule) -> Mapping[str, Any]:
    """Return the rule as the field `no_emotion` of the task's entry in `bundle.json`."""
    return {"slope": rule.slope, "intercept": rule.intercept, "threshold": rule.threshold}
