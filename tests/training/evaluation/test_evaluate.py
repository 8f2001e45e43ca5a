"""What is measured is what was answered."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.inference.answers import Phrase
from emoji_api.inference.decision_rule import DecisionRule
from emoji_api.tasks import EMOJIS, EMOTION, HATE, OFFENSIVE, PHRASE, SENTIMENT
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import evaluate, jaccard, metrics, same_answer, span_metrics
from emoji_api.training.examples.training_data import TrainingData


@pytest.fixture(scope="module")
def served(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)


def test_by_hand() -> None:
    # of three that are not offensive two are found, of one that is offensive one, beside a false one
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])
    measured = metrics(OFFENSIVE, probabilities, np.array([0, 0, 0, 1]))
    assert measured["rows"] == 4
    assert measured["accuracy"] == 0.75
    assert measured["macro_recall"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-4)
    assert measured["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4)
    assert measured["mean_confidence"] == 0.75
    assert measured["confusion"] == [[2, 1], [0, 1]]
    assert measured["per_label"]["not-offensive"] == {"precision": 1, "recall": 0.6667, "f1": 0.8, "rows": 3}
    assert measured["per_label"]["offensive"] == {"precision": 0.5, "recall": 1, "f1": 0.6667, "rows": 1}
    assert measured["expected_calibration_error"] == pytest.approx((0.1 + 0.2 + 0.6 + 0.3) / 4)
    by_chance = [2 * 0.9 * 0.1, 2 * 0.8 * 0.2, 2 * 0.6 * 0.4, 2 * 0.7 * 0.3]  # of a bin of one answer
    assert measured["calibration_error_by_chance"] == pytest.approx(np.mean(by_chance), abs=0.03)


def test_the_interval_is_wilsons() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    measured = metrics(OFFENSIVE, np.tile([0.9, 0.1], (100, 1)), labels)
    assert measured["accuracy_interval"] == [0.8256, 0.9448]


def test_a_label_without_rows_counts_as_not_found() -> None:
    measured = metrics(EMOTION, np.eye(6)[[0, 1]], np.array([0, 1]))
    assert measured["accuracy"] == 1
    assert measured["macro_f1"] == pytest.approx(2 / 6, abs=1e-4)
    assert measured["per_label"]["fear"]["rows"] == 0


def test_evaluated_through_the_serving_code(served: Classifier, validation: Split) -> None:
    answers = [answer.label for answer in served.classify(validation.texts)]
    right = [EMOTION.labels[label] == answer for label, answer in zip(validation.labels, answers, strict=True)]
    assert evaluate(served, EMOTION, validation)["accuracy"] == pytest.approx(np.mean(right), abs=1e-4)


def test_a_threshold_gives_the_second_label_from_a_score_on() -> None:
    probabilities = np.array([[0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
    measured = metrics(OFFENSIVE, probabilities, np.array([0, 1, 1]), DecisionRule(threshold=0.3))
    assert measured["accuracy"] == 1
    assert measured["confusion"] == [[1, 0], [0, 2]]
    assert measured["mean_confidence"] == pytest.approx((0.8 + 0.3 + 0.6) / 3, abs=1e-4)
    assert metrics(OFFENSIVE, probabilities, np.array([0, 1, 1]))["confusion"] == [[1, 0], [1, 1]]


def test_the_decision_gives_the_label() -> None:
    probabilities = np.tile([0.6, 0.3, 0.1], (2, 1))
    measured = metrics(
        SENTIMENT, probabilities, np.array([1, 0]), DecisionRule(floors=(0.3, 0.1, 0.1), weights=(1, 3, 1))
    )
    assert measured["confusion"][0] == measured["confusion"][1] == [0, 1, 0]
    assert measured["mean_confidence"] == 0.3


def test_the_threshold_of_the_bundle_is_applied(served: Classifier, training_data: TrainingData) -> None:
    split = training_data.test_splits["hate"]
    scores = served.probabilities(split.texts, ["hate"])["hate"][:, 1]
    threshold = served.bundle.decision_rules["hate"].threshold
    assert threshold is not None
    right = (scores >= threshold) == np.array(split.labels)
    assert evaluate(served, HATE, split)["accuracy"] == pytest.approx(right.mean(), abs=1e-4)


def test_top_5_accuracy_by_hand() -> None:
    probabilities = np.tile(np.arange(20, 0, -1) / 210, (4, 1))  # the first is the likeliest, the last the least
    measured = metrics(EMOJIS, probabilities, np.array([0, 4, 5, 19]))
    assert (measured["accuracy"], measured["top_5_accuracy"]) == (0.25, 0.5)


def test_few_labels_have_no_top_5_accuracy() -> None:
    assert "top_5_accuracy" not in metrics(OFFENSIVE, np.eye(2), np.array([0, 1]))


@pytest.mark.parametrize(
    ("one", "other", "index"),
    [
        ("so glad", "so glad", 1),
        ("So GLAD", "so glad", 1),
        ("so glad", "glad", 0.5),
        ("so so glad", "glad so", 1),
        ("glad!", "glad", 0),
        ("so", "glad", 0),
        ("", "", 1),
        ("", "glad", 0),
    ],
)
def test_jaccard(one: str, other: str, index: float) -> None:
    assert jaccard(one, other) == index


def test_spans_by_hand() -> None:
    # a whole text that is right, without a choice; a phrase that is right, one that is half of it, and one that is not
    texts = ["so it is", "so glad", "so very sad", "glad to go"]
    split = Split(texts=texts, labels=[1, 2, 0, 2], spans=[(0, 8), (3, 7), (3, 11), (0, 4)])
    given = [("so it is", 1.0), ("glad", 0.9), ("sad", 0.4), ("go", 0.5)]
    answers = [
        Phrase(sentiment="", text=text, start=0, end=0, confidence=confidence, truncated=False, model_version="")
        for text, confidence in given
    ]
    measured = span_metrics(PHRASE, split, answers)
    assert (measured["rows"], measured["jaccard"], measured["exact"]) == (4, 0.625, 0.5)
    assert measured["per_label"] == {
        "negative": {"jaccard": 0.5, "rows": 1},
        "neutral": {"jaccard": 1, "rows": 1},
        "positive": {"jaccard": 0.5, "rows": 2},
    }
    assert measured["expected_calibration_error"] == pytest.approx((0.1 + 0.4 + 0.5) / 3, abs=1e-4)
    assert measured["calibration_error_by_chance"] == pytest.approx((0.18 + 0.48 + 0.5) / 3, abs=0.03)


def test_a_phrase_is_that_of_the_known_sentiment(served: Classifier, phrases: Split) -> None:
    known = [PHRASE.labels[label] for label in phrases.labels]
    answers = [answer["phrase"].text for answer in served.analyse(phrases.texts, ["phrase"], sentiment=known)]
    published = [text[start:end] for text, (start, end) in zip(phrases.texts, phrases.spans, strict=True)]
    expected = np.mean([jaccard(answer, phrase) for answer, phrase in zip(answers, published, strict=True)])
    assert evaluate(served, PHRASE, phrases)["jaccard"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("task", [EMOTION, HATE, PHRASE], ids=lambda task: task.name)
def test_a_classifier_agrees_with_itself(served: Classifier, training_data: TrainingData, task) -> None:
    assert same_answer(served, served, task, training_data.eval_splits[task.name]["validation"]) == 1


class Reversed:
    """A classifier whose labels come in the wrong order, and whose phrases begin a character late."""

    def __init__(self, classifier: Classifier):
        self.classifier = classifier
        self.bundle = classifier.bundle

    def probabilities(self, texts, tasks):
        return {name: scores[:, ::-1] for name, scores in self.classifier.probabilities(texts, tasks).items()}

    def analyse(self, texts, tasks, sentiment):
        answers = self.classifier.analyse(texts, tasks, sentiment)
        return [{name: replace(answer, start=answer.start + 1) for name, answer in each.items()} for each in answers]


@pytest.mark.parametrize("task", [EMOTION, PHRASE], ids=lambda task: task.name)
def test_other_answers_do_not_agree(served: Classifier, training_data: TrainingData, task) -> None:
    assert same_answer(served, Reversed(served), task, training_data.eval_splits[task.name]["validation"]) == 0
