"""Measures a bundle through the very code that serves it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support, recall_score
from statsmodels.stats.proportion import proportion_confint

from emoji_api.inference.answers import Phrase
from emoji_api.inference.classifier import Classifier
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import Task
from emoji_api.training.data.readers import Split
from emoji_api.training.data.readers.emotion import read_emotion
from emoji_api.training.data.sources import datasets_by_task, find_data_paths, read_tweet_datasets, tasks_to_train
from emoji_api.training.evaluation.calibration_error import calibration_error_if_calibrated, expected_calibration_error
from emoji_api.training.params import DataParams

LIKELIEST = DecisionRule()


def evaluate(classifier: Classifier, task: Task, split: Split) -> dict[str, Any]:
    """Metrics of `task` on `split`: counts, accuracy with a 95 % interval, macro averages, calibration, per class.

    Of a span, for the sentiment that each text has: the mean overlap with the published phrase, and calibration.
    """
    if task.kind == "span":
        return span_metrics(task, split, phrases(classifier, task, split))
    probabilities = classifier.probabilities(split.texts, [task.name])[task.name]
    return metrics(task, probabilities, np.array(split.labels), classifier.bundle.decision_rules[task.name])


def phrases(classifier: Classifier, task: Task, split: Split) -> list[Phrase]:
    """The phrase of each text, for the sentiment that it has."""
    given = [task.labels[label] for label in split.labels]
    answers = (answer[task.name] for answer in classifier.analyse(split.texts, [task.name], sentiment=given))
    return [answer for answer in answers if isinstance(answer, Phrase)]


def span_metrics(task: Task, split: Split, answers: Sequence[Phrase]) -> dict[str, Any]:
    """The mean Jaccard index of the words, over all and by label; how often the very words are given, and how sure."""
    overlaps = overlaps_of(split, answers)
    labels, exact = np.array(split.labels), overlaps == 1
    chosen = np.array([answer.confidence < 1 for answer in answers])  # a whole text is not chosen among others
    confidence = np.array([answer.confidence for answer in answers])
    return {
        "rows": len(split),
        "jaccard": rounded(overlaps.mean()),
        "exact": rounded(exact.mean()),
        "expected_calibration_error": rounded(expected_calibration_error(confidence[chosen], exact[chosen])),
        "calibration_error_by_chance": rounded(calibration_error_if_calibrated(confidence[chosen])),
        "per_label": {
            label: {"jaccard": rounded(overlaps[labels == number].mean()), "rows": int((labels == number).sum())}
            for number, label in enumerate(task.labels)
        },
    }


def overlaps_of(split: Split, answers: Sequence[Phrase]) -> np.ndarray:
    """Jaccard's index of each answer and the published phrase: float (rows,)."""
    published = [text[start:end] for text, (start, end) in zip(split.texts, split.spans, strict=True)]
    return np.array([jaccard(answer.text, phrase) for answer, phrase in zip(answers, published, strict=True)])


def jaccard(one: str, other: str) -> float:
    """Jaccard's index of the words of two texts, in lower case, as Kaggle's competition has it."""
    words, others = set(one.lower().split()), set(other.lower().split())
    return len(words & others) / len(words | others) if words | others else 1.0


def metrics(
    task: Task, probabilities: np.ndarray, labels: np.ndarray, decision: DecisionRule = LIKELIEST
) -> dict[str, Any]:
    """Metrics of `probabilities` (rows, labels) against the label ids `labels` (rows,).

    The `decision` chooses the label that is given. The interval is Wilson's; the calibration error has 15 bins of equal
    width.
    """
    predicted = decision(probabilities)
    confidence = probabilities[np.arange(len(predicted)), predicted]
    right = predicted == labels
    ids = list(range(len(task.labels)))
    low, high = proportion_confint(int(right.sum()), len(right), method="wilson")
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
        "expected_calibration_error": rounded(expected_calibration_error(confidence, right)),
        "calibration_error_by_chance": rounded(calibration_error_if_calibrated(confidence)),
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


def same_answer(one: Classifier, other: Classifier, task: Task, split: Split) -> float:
    """The share of texts to which two classifiers give the same label, or the same phrase."""
    if task.kind == "span":
        pairs = zip(phrases(one, task, split), phrases(other, task, split), strict=True)
        same = [(first.start, first.end) == (second.start, second.end) for first, second in pairs]
        return rounded(sum(same) / len(same))
    labels = [
        classifier.bundle.decision_rules[task.name](classifier.probabilities(split.texts, [task.name])[task.name])
        for classifier in (one, other)
    ]
    return rounded((labels[0] == labels[1]).mean())


def rounded(value: float) -> float:
    """Four digits: more would say what the rows cannot."""
    return round(float(value), 4)


def evaluate_tasks(classifier: Classifier, data: str, split: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """Metrics by task, of the tasks `names` or of all that both the bundle and the data have, on `split`.

    `data` is a folder with `emotion/`, `tweeteval/` and so on, or the emotion set alone: its folder or its hub name.
    Raises DataError and UnknownTask.
    """
    found = find_data_paths(data)
    emotion = [] if found and "emotion" not in found else [read_emotion(found.get("emotion", data))]
    measured_by = datasets_by_task([*emotion, *read_tweet_datasets(DataParams(**({"emotion": data} | found)))])
    tasks = [task for task in tasks_to_train(measured_by, names) if names or task.name in classifier.bundle.tasks]
    for task in tasks:
        classifier.task(task.name)
    return {task.name: evaluate(classifier, task, measured_by[task.name].splits[split]) for task in tasks}
