"""Measures a bundle through the very code that serves it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support, recall_score
from statsmodels.stats.proportion import proportion_confint

from emoji_api.inference.classifier import Classifier
from emoji_api.tasks import Task
from emoji_api.training.calibration import expected_calibration_error
from emoji_api.training.datasets import Split


def evaluate(classifier: Classifier, task: Task, split: Split) -> dict[str, Any]:
    """Metrics of `task` on `split`: counts, accuracy with a 95 % interval, macro averages, calibration, per class."""
    probabilities = classifier.probabilities(split.texts, [task.name])[task.name]
    return metrics(task, probabilities, np.array(split.labels))


def metrics(task: Task, probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Metrics of `probabilities` (rows, labels) against the label ids `labels` (rows,).

    The interval is Wilson's; the calibration error has 15 bins of equal width.
    """
    predicted = probabilities.argmax(axis=1)
    right = predicted == labels
    ids = list(range(len(task.labels)))
    low, high = proportion_confint(int(right.sum()), len(right), method="wilson")
    precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=ids, zero_division=0)
    return {
        "rows": len(labels),
        "accuracy": rounded(accuracy_score(labels, predicted)),
        "accuracy_interval": [rounded(low), rounded(high)],
        "macro_f1": rounded(f1_score(labels, predicted, average="macro", labels=ids, zero_division=0)),
        "macro_recall": rounded(recall_score(labels, predicted, average="macro", labels=ids, zero_division=0)),
        "mean_confidence": rounded(probabilities.max(axis=1).mean()),
        "expected_calibration_error": rounded(expected_calibration_error(probabilities.max(axis=1), right)),
        "per_label": {
            label: {
                "precision": rounded(precision[place]),
                "recall": rounded(recall[place]),
                "f1": rounded(f1[place]),
                "rows": int(support[place]),
            }
            for place, label in enumerate(task.labels)
        },
        "confusion": confusion_matrix(labels, predicted, labels=ids).tolist(),
    }


def same_label(one: Classifier, other: Classifier, task: Task, texts: Sequence[str]) -> float:
    """The share of `texts` to which two classifiers give the same label."""
    labels = [classifier.probabilities(texts, [task.name])[task.name].argmax(axis=1) for classifier in (one, other)]
    return rounded((labels[0] == labels[1]).mean())


def rounded(value: float) -> float:
    """Four digits: more would say what the rows cannot."""
    return round(float(value), 4)
