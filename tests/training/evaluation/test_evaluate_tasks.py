"""Evaluation of a bundle on the data sets of a folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.errors import DataError, UnknownTask
from emoji_api.tasks import TASKS
from emoji_api.training.evaluation.evaluate import evaluate, evaluate_tasks
from emoji_api.training.examples.training_data import TrainingData


@pytest.fixture(scope="module")
def served(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_all_tasks_are_evaluated_on_the_given_split(
    served: Classifier, tiny_data: Path, training_data: TrainingData, split: str
) -> None:
    measured = evaluate_tasks(served, str(tiny_data), split)
    assert list(measured) == list(TASKS)
    splits = training_data.test_splits if split == "test" else training_data.validation
    assert measured["finance_topic"] == evaluate(served, TASKS["finance_topic"], splits["finance_topic"])
    assert {name: metrics["rows"] for name, metrics in measured.items()} == {n: len(s) for n, s in splits.items()}


def test_only_the_given_tasks_are_evaluated(served: Classifier, tiny_data: Path) -> None:
    assert list(evaluate_tasks(served, str(tiny_data), "test", ["hate", "phrase"])) == ["phrase", "hate"]


def test_path_of_the_emotion_data_set_evaluates_emotion(served: Classifier, tiny_data: Path) -> None:
    measured = evaluate_tasks(served, str(tiny_data / "emotion"), "test")
    assert (list(measured), measured["emotion"]["rows"]) == (["emotion"], 60)


def test_emotion_data_set_is_optional(served: Classifier, tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "finance_topic").symlink_to(tiny_data / "finance_topic")
    assert list(evaluate_tasks(served, str(tmp_path), "test")) == ["finance_topic"]


def test_task_without_data_is_an_error(served: Classifier, tiny_data: Path) -> None:
    with pytest.raises(DataError, match="no data set has labels of hate"):
        evaluate_tasks(served, str(tiny_data / "emotion"), "test", ["hate"])


def test_task_missing_in_the_bundle_is_an_error(served: Classifier, tiny_data: Path) -> None:
    bundle = replace(served.bundle, tasks={"emotion": TASKS["emotion"]})
    emotion_only = Classifier(bundle, served.engine, served.tokenizer)
    with pytest.raises(UnknownTask, match="hate"):
        evaluate_tasks(emotion_only, str(tiny_data), "test", ["hate"])
    assert list(evaluate_tasks(emotion_only, str(tiny_data), "test")) == ["emotion"]
