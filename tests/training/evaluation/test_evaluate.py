"""Evaluation of a bundle through the code that serves it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.tasks import EMOTION, HATE, PHRASE, Task
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import evaluate, same_answer
from emoji_api.training.evaluation.metrics import jaccard
from emoji_api.training.examples.training_data import TrainingData


@pytest.fixture(scope="module")
def served(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)


def test_accuracy_is_that_of_the_served_labels(served: Classifier, validation: Split) -> None:
    answers = [answer.label for answer in served.classify(validation.texts)]
    correct = [EMOTION.labels[label] == answer for label, answer in zip(validation.labels, answers, strict=True)]
    assert evaluate(served, EMOTION, validation)["accuracy"] == pytest.approx(np.mean(correct), abs=1e-4)


def test_threshold_of_the_bundle_is_applied(served: Classifier, training_data: TrainingData) -> None:
    split = training_data.test_splits["hate"]
    scores = served.probabilities(split.texts, ["hate"])["hate"][:, 1]
    threshold = served.bundle.decision_rules["hate"].threshold
    assert threshold is not None
    correct = (scores >= threshold) == np.array(split.labels)
    assert evaluate(served, HATE, split)["accuracy"] == pytest.approx(correct.mean(), abs=1e-4)


def test_phrases_are_predicted_for_the_known_sentiment(served: Classifier, phrases: Split) -> None:
    known = [PHRASE.labels[label] for label in phrases.labels]
    predicted = [answer["phrase"].text for answer in served.analyse(phrases.texts, ["phrase"], sentiment=known)]
    annotated = [text[start:end] for text, (start, end) in zip(phrases.texts, phrases.spans, strict=True)]
    expected = np.mean([jaccard(phrase, truth) for phrase, truth in zip(predicted, annotated, strict=True)])
    assert evaluate(served, PHRASE, phrases)["jaccard"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("task", [EMOTION, HATE, PHRASE], ids=lambda task: task.name)
def test_classifier_agrees_with_itself(served: Classifier, training_data: TrainingData, task: Task) -> None:
    assert same_answer(served, served, task, training_data.eval_splits[task.name]["validation"]) == 1


class Reversed:
    """A classifier with the probabilities of its labels in reverse order, and phrases that start one character late."""

    def __init__(self, classifier: Classifier):
        self.classifier = classifier
        self.bundle = classifier.bundle

    def probabilities(self, texts, tasks):
        return {name: scores[:, ::-1] for name, scores in self.classifier.probabilities(texts, tasks).items()}

    def analyse(self, texts, tasks, sentiment):
        rows = self.classifier.analyse(texts, tasks, sentiment)
        return [{name: replace(answer, start=answer.start + 1) for name, answer in row.items()} for row in rows]


@pytest.mark.parametrize("task", [EMOTION, PHRASE], ids=lambda task: task.name)
def test_different_answers_do_not_agree(served: Classifier, training_data: TrainingData, task: Task) -> None:
    assert same_answer(served, Reversed(served), task, training_data.eval_splits[task.name]["validation"]) == 0
