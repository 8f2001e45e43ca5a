"""Evaluation of a bundle through the code that serves it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from emoji_api.inference.answers import Phrase
from emoji_api.inference.classifier import Classifier
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import Task
from emoji_api.training.data.readers import Split
from emoji_api.training.data.readers.emotion import read_emotion
from emoji_api.training.data.sources import datasets_by_task, find_data_paths, read_tweet_datasets, tasks_to_train
from emoji_api.training.evaluation.metrics import classification_metrics, rounded, span_metrics
from emoji_api.training.params import DataParams


def evaluate(classifier: Classifier, task: Task, split: Split) -> dict[str, Any]:
    """Return the metrics of `classifier` on the rows of `split`.

    For a classification task see `classification_metrics`; the labels are chosen by the bundle's decision rule. For a
    span task see `span_metrics`; each phrase is predicted for the known sentiment of its text. Raises UnknownTask for a
    task that the bundle lacks.
    """
    if task.kind == "span":
        return span_metrics(task, split, predict_phrases(classifier, task, split))
    probabilities = classifier.probabilities(split.texts, [task.name])[task.name]
    return classification_metrics(
        task, probabilities, np.array(split.labels), classifier.bundle.decision_rules[task.name]
    )


def evaluate_tasks(classifier: Classifier, data: str, split: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the metrics by task on one split of the public data sets.

    `data` is a folder with `emotion/`, `tweeteval/` and so on, or the emotion data set alone: its folder or its name on
    the Hugging Face hub. `split` is `validation` or `test`. `names` are the tasks to evaluate; by default all tasks
    that both the bundle and the data have. Raises DataError for data that cannot be read, and UnknownTask for a task
    that the bundle lacks.
    """
    paths = find_data_paths(data)
    emotion = [] if paths and "emotion" not in paths else [read_emotion(paths.get("emotion", data))]
    datasets = datasets_by_task([*emotion, *read_tweet_datasets(DataParams(**({"emotion": data} | paths)))])
    tasks = [task for task in tasks_to_train(datasets, names) if names or task.name in classifier.bundle.tasks]
    for task in tasks:
        classifier.task(task.name)
    splits = {task.name: datasets[task.name].splits[split] for task in tasks}
    metrics = {}
    with stage("evaluating", sum(map(len, splits.values())), TEXTS):
        for task in tasks:
            metrics[task.name] = evaluate(classifier, task, splits[task.name])
    return metrics


def predict_phrases(classifier: Classifier, task: Task, split: Split) -> list[Phrase]:
    """Return the predicted phrase of each text, for the known sentiment of the text."""
    sentiments = [task.labels[label] for label in split.labels]
    answers = (answer[task.name] for answer in classifier.analyse(split.texts, [task.name], sentiment=sentiments))
    return [answer for answer in answers if isinstance(answer, Phrase)]


def same_answer(first: Classifier, second: Classifier, task: Task, split: Split) -> float:
    """Return the share of texts, from 0 to 1, for which two classifiers predict the same label, or the same phrase."""
    if task.kind == "span":
        pairs = zip(predict_phrases(first, task, split), predict_phrases(second, task, split), strict=True)
        same = [(phrase.start, phrase.end) == (other.start, other.end) for phrase, other in pairs]
        return rounded(sum(same) / len(same))
    first_labels, second_labels = (
        classifier.bundle.decision_rules[task.name](classifier.probabilities(split.texts, [task.name])[task.name])
        for classifier in (first, second)
    )
    return rounded((first_labels == second_labels).mean())
