"""Soft targets from teacher bundles."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emoji_api import load_classifier
from emoji_api.errors import BundleError, DataError
from emoji_api.tasks import EMOTION, HATE, OFFENSIVE, PHRASE, TASKS
from emoji_api.training.examples.soft_targets import add_soft_targets
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.examples.tweets import Tweets
from emoji_api.training.params import Params, TeacherParams
from emoji_api.training.train import train

WITH_SOFT_TARGETS = [name for name, task in TASKS.items() if task.kind == "classification" and name != "emotion"]


@pytest.fixture(scope="module")
def tweets(training_data: TrainingData) -> Tweets:
    assert training_data.tweets is not None
    return training_data.tweets


@pytest.fixture(scope="module")
def mixed(tweets: Tweets, training_data: TrainingData, tiny_bundle: Path) -> Tweets:
    params = TeacherParams(bundles=[str(tiny_bundle)], soft_target_share=0.25, unlabelled_weight=0.1)
    return add_soft_targets(tweets, training_data.tasks, params, threads=1)


@pytest.mark.parametrize("task", WITH_SOFT_TARGETS)
def test_target_with_a_label_is_a_mixture(tweets: Tweets, mixed: Tweets, tiny_bundle: Path, task: str) -> None:
    known = tweets.examples.weights[task] > 0
    answers = load_classifier(tiny_bundle).probabilities(tweets.examples.texts, [task])[task]
    expected = 0.25 * answers[known] + 0.75 * tweets.examples.targets[task][known]
    assert 0 < known.sum() < len(tweets)
    assert np.allclose(mixed.examples.targets[task][known], expected, atol=1e-3)
    assert (mixed.examples.weights[task][known] == tweets.examples.weights[task][known]).all()


@pytest.mark.parametrize("task", WITH_SOFT_TARGETS)
def test_target_without_a_label_is_the_teachers(tweets: Tweets, mixed: Tweets, tiny_bundle: Path, task: str) -> None:
    unknown = tweets.examples.weights[task] == 0
    answers = load_classifier(tiny_bundle).probabilities(tweets.examples.texts, [task])[task]
    assert np.allclose(mixed.examples.targets[task][unknown], answers[unknown], atol=1e-3)
    assert np.allclose(mixed.examples.weights[task][unknown], 0.1)


@pytest.mark.parametrize("task", ["emotion", "phrase"])
def test_emotion_and_phrase_get_no_soft_targets(tweets: Tweets, mixed: Tweets, task: str) -> None:
    assert np.array_equal(mixed.examples.targets[task], tweets.examples.targets[task])
    assert np.array_equal(mixed.examples.weights[task], tweets.examples.weights[task])


def test_probabilities_of_teachers_are_averaged(
    tweets: Tweets, mixed: Tweets, tiny_params: Params, tiny_bundle: Path, tmp_path
) -> None:
    hate_only = replace(tiny_params, tasks=["hate"], fit=replace(tiny_params.fit, epochs=1))
    other = train(hate_only, tmp_path / "other")
    bundles = [str(tiny_bundle), str(other)]
    both, only_other = (
        add_soft_targets(
            tweets,
            [HATE, OFFENSIVE],
            TeacherParams(bundles=teachers, soft_target_share=0.25, unlabelled_weight=0.1),
            threads=1,
        ).examples.targets
        for teachers in (bundles, bundles[1:])
    )
    mean = (mixed.examples.targets["hate"] + only_other["hate"]) / 2
    assert np.abs(mixed.examples.targets["hate"] - only_other["hate"]).max() > 0.1
    assert np.allclose(both["hate"], mean, atol=1e-3)
    # the other teacher does not have this task
    assert np.allclose(both["offensive"], mixed.examples.targets["offensive"], atol=1e-3)


def test_teacher_that_is_not_a_bundle_is_an_error(tweets: Tweets, training_data: TrainingData, tmp_path: Path) -> None:
    params = replace(TeacherParams(), bundles=[str(tmp_path)])
    with pytest.raises(BundleError):
        add_soft_targets(tweets, training_data.tasks, params, threads=1)


def test_teacher_without_a_usable_task_is_an_error(tweets: Tweets, tiny_bundle: Path) -> None:
    with pytest.raises(DataError, match="no task that needs soft targets"):
        add_soft_targets(tweets, [EMOTION, PHRASE], TeacherParams(bundles=[str(tiny_bundle)]), threads=1)
