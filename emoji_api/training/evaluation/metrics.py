"""Metrics of predictions against labels, with the keys that `bundle.json` uses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support, recall_score

from emoji_api.inference.answers import Phrase
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import Task
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.calibration_error import (
    calibration_error_if_calibrated,
    expected_calibration_error,
    reliability_bins,
)

ARGMAX = DecisionRule()
"""The decision rule that predicts the label of the highest probability."""


def classification_metrics(
    task: Task, probabilities: np.ndarray, labels: np.ndarray, decision_rule: DecisionRule = ARGMAX
) -> dict[str, Any]:
    """Return the metrics of `probabilities` (rows, labels) against the label ids `labels` (rows,).

    `decision_rule` maps probabilities to predicted label ids. The accuracy comes with its 95 % Wilson score interval;
    top-5 accuracy is given for tasks of more than five labels. `calibration_error_by_chance` is the calibration error
    expected if the confidence were perfectly calibrated, `reliability` has the bins of a reliability diagram.
    """
    predicted = decision_rule(probabilities)
    confidence = probabilities[np.arange(len(predicted)), predicted]
    correct = predicted == labels
    ids = list(range(len(task.labels)))
    low, high = binomtest(int(correct.sum()), len(correct)).proportion_ci(method="wilson")
    precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=ids, zero_division=0)
    ranks = (probabilities > probabilities[np.arange(len(labels)), labels][:, None]).sum(axis=1)
    return {
        "rows": len(labels),
        "accuracy": rounded(accuracy_score(labels, predicted)),
        "accuracy_interval": [rounded(low), rounded(high)],
        "macro_f1": rounded(f1_score(labels, predicted, average="macro", labels=ids, zero_division=0)),
        "macro_recall": rounded(recall_score(labels, predicted, average="macro", labels=ids, zero_division=0)),
        **({"top_5_accuracy": rounded((ranks < 5).mean())} if len(ids) > 5 else {}),
        "mean_confidence": rounded(confidence.mean()),
        "expected_calibration_error": rounded(expected_calibration_error(confidence, correct)),
        "calibration_error_by_chance": rounded(calibration_error_if_calibrated(confidence)),
        "reliability": reliability_bins(confidence, correct),
        "per_label": {
            label: {
                "precision": rounded(precision[label_id]),
                "recall": rounded(recall[label_id]),
                "f1": rounded(f1[label_id]),
                "rows": int(support[label_id]),
            }
            for label_id, label in enumerate(task.labels)
        },
        "confusion": confusion_matrix(labels, predicted, labels=ids).tolist(),
    }


def span_metrics(task: Task, split: Split, phrases: Sequence[Phrase]) -> dict[str, Any]:
    """Return the metrics of the predicted `phrases` against the spans of `split`.

    They are the mean Jaccard index of the words, overall and per label, the share of exact matches, and the calibration
    error. A phrase of confidence 1 is a whole text that was returned without a choice; it is left out of the
    calibration error.
    """
    overlaps = phrase_overlaps(split, phrases)
    labels, exact = np.array(split.labels), overlaps == 1
    confidence = np.array([phrase.confidence for phrase in phrases])
    uncertain = confidence < 1
    return {
        "rows": len(split),
        "jaccard": rounded(overlaps.mean()),
        "exact": rounded(exact.mean()),
        "expected_calibration_error": rounded(expected_calibration_error(confidence[uncertain], exact[uncertain])),
        "calibration_error_by_chance": rounded(calibration_error_if_calibrated(confidence[uncertain])),
        "reliability": reliability_bins(confidence[uncertain], exact[uncertain]),
        "per_label": {
            label: {"jaccard": rounded(overlaps[labels == label_id].mean()), "rows": int((labels == label_id).sum())}
            for label_id, label in enumerate(task.labels)
        },
    }


def phrase_overlaps(split: Split, phrases: Sequence[Phrase]) -> np.ndarray:
    """Return the Jaccard index of each predicted phrase and the annotated one, (rows,)."""
    annotated = [text[start:end] for text, (start, end) in zip(split.texts, split.spans, strict=True)]
    return np.array([jaccard(phrase.text, truth) for phrase, truth in zip(phrases, annotated, strict=True)])


def jaccard(first: str, second: str) -> float:
    """Return the Jaccard index of the lower-cased words of two texts.

    It is the metric of https://www.kaggle.com/c/tweet-sentiment-extraction; two empty texts have the index 1.
    """
    first_words, second_words = set(first.lower().split()), set(second.lower().split())
    union = first_words | second_words
    return len(first_words & second_words) / len(union) if union else 1.0


def rounded(value: float) -> float:
    """Return `value` with four decimals: a few thousand rows do not determine more."""
    return round(float(value), 4)
