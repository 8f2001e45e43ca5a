"""Each task of a network is calibrated on its validation split, as the parameters say."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, HATE, PHRASE, SENTIMENT, TASKS
from emoji_api.training.calibration.calibrate import calibrate
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.params import CalibrationParams, Params
from emoji_api.training.train import start_network


@pytest.fixture(scope="module")
def calibrated(tiny_params: Params, training_data: TrainingData) -> tuple[keras.Model, Tokenizer, dict[str, Any]]:
    """A network of this module's own, since calibration changes its biases, with the entries of its tasks."""
    keras.utils.set_random_seed(0)  # for the fresh heads
    network, tokenizer = start_network(tiny_params, training_data)
    return (
        network,
        tokenizer,
        calibrate(network, tokenizer, training_data.eval_splits, training_data.tasks, tiny_params),
    )


def start_confident_network(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """Return a network whose fresh heads are scaled up, so that not all of its answers are near uniform."""
    network, tokenizer = start_network(params, data)
    for task in (EMOTION, SENTIMENT):
        kernel = network.get_layer(task.name).classifier.kernel
        kernel.assign(10 * kernel)
    return network, tokenizer


@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if task.kind == "classification"], ids=lambda task: task.name
)
def test_bias_is_added_to_the_head(calibrated, training_data: TrainingData, task) -> None:
    network, tokenizer, entries = calibrated
    validation = training_data.eval_splits[task.name]["validation"]
    logits = predict(network, tokenizer, validation.texts, 32)[task.name]
    shares = np.bincount(validation.labels, minlength=len(task.labels)) / len(validation)
    # at the maximum of the likelihood the mean probability of a label is its share
    np.testing.assert_allclose(softmax(logits / entries[task.name]["temperature"]).mean(axis=0), shares, atol=0.02)


def test_all_tasks_are_calibrated(calibrated) -> None:
    entries = calibrated[2]
    assert list(entries) == list(TASKS)
    assert all(0.1 < entry["temperature"] < 8 for entry in entries.values())


def test_hate_and_offensive_have_a_threshold(calibrated) -> None:
    thresholds = {name: entry["threshold"] for name, entry in calibrated[2].items()}
    assert {name for name, threshold in thresholds.items() if threshold is not None} == {"hate", "offensive"}


def test_only_the_phrase_has_whole_labels(calibrated) -> None:
    entries = calibrated[2]
    assert [name for name, entry in entries.items() if "whole" in entry] == [PHRASE.name]
    assert set(entries["phrase"]["whole"]) <= set(SENTIMENT.labels)


def test_only_the_given_tasks_are_calibrated(tiny_params: Params, training_data: TrainingData) -> None:
    data = replace(training_data, tasks=[HATE])
    network, tokenizer = start_network(tiny_params, data)
    assert calibrate(network, tokenizer, data.eval_splits, data.tasks, tiny_params).keys() == {"hate"}


def test_false_positive_rate_bounds_the_threshold_of_its_task(tiny_params: Params, training_data: TrainingData) -> None:
    thresholds = {}
    for rate in (0.01, 0.9):
        params = replace(tiny_params, calibration=CalibrationParams(max_false_positive_rate={"hate": rate}))
        network, tokenizer = start_network(params, training_data)
        thresholds[rate] = calibrate(network, tokenizer, training_data.eval_splits, [HATE], params)["hate"]["threshold"]
    assert thresholds[0.01] > thresholds[0.9]


def test_logit_adjustment_changes_the_head_of_its_task_only(tiny_params: Params, training_data: TrainingData) -> None:
    biases = {}
    validation = training_data.eval_splits["hate"]["validation"]
    rows = [label == 0 or row < 20 for row, label in enumerate(validation.labels)]
    splits = training_data.eval_splits | {"hate": {"validation": validation.where(rows)}}
    for strength in (0.0, 1.0):
        keras.utils.set_random_seed(0)  # for the fresh heads
        params = replace(tiny_params, calibration=CalibrationParams(logit_adjustment={"hate": strength}))
        network, tokenizer = start_network(params, training_data)
        calibrate(network, tokenizer, splits, [HATE, SENTIMENT], params)
        biases[strength] = {name: network.get_layer(name).classifier.bias.numpy() for name in ("hate", "sentiment")}
    counts = np.bincount(splits["hate"]["validation"].labels)
    assert 0 < counts[1] < counts[0]
    assert np.diff(biases[1.0]["hate"]) > np.diff(biases[0.0]["hate"]) + 0.1
    assert biases[1.0]["sentiment"].tolist() == pytest.approx(biases[0.0]["sentiment"].tolist(), abs=1e-5)


def test_annotated_tweets_shift_the_bias_by_their_weight(tiny_params: Params, training_data: TrainingData) -> None:
    """All annotated tweets are fear: the more they weigh, the more probable fear is."""
    texts = training_data.eval_splits["emotion"]["validation"].texts
    annotated = Split(texts=texts[:50], labels=[EMOTION.labels.index("fear")] * 50)
    splits = {"emotion": training_data.eval_splits["emotion"] | {"annotated": annotated}}
    probabilities = []
    for weight in (0.0, 0.1, 1.0):
        params = replace(tiny_params, calibration=CalibrationParams(annotated_weight=weight))
        network, tokenizer = start_network(params, training_data)
        temperature = calibrate(network, tokenizer, splits, [EMOTION], params)["emotion"]["temperature"]
        logits = predict(network, tokenizer, texts, 32)["emotion"]
        probabilities.append(softmax(logits / temperature).mean(axis=0)[EMOTION.labels.index("fear")])
    assert probabilities[0] < probabilities[1] < probabilities[2]


def test_texts_without_emotion_lower_the_confidence(tiny_params: Params, training_data: TrainingData) -> None:
    texts = training_data.eval_splits["emotion"]["validation"].texts
    confidence = []
    for weight in (0.0, 0.3, 3.0):
        params = replace(tiny_params, calibration=CalibrationParams(no_emotion_weight=weight))
        keras.utils.set_random_seed(0)  # for the fresh heads
        network, tokenizer = start_confident_network(params, training_data)
        predicted = predict(network, tokenizer, texts, 32)["emotion"].argmax(axis=1).tolist()
        # without errors on validation, only the texts without emotion keep the confidence down
        splits = {"emotion": {"validation": Split(texts=texts, labels=predicted)}}
        entry = calibrate(network, tokenizer, splits, [EMOTION], params, texts[:50])["emotion"]
        logits = predict(network, tokenizer, texts[:50], 32)["emotion"]
        confidence.append(Temperature.from_entry(entry).probabilities(logits).max(axis=1).mean())
    assert confidence[0] > confidence[1] > confidence[2]


def test_entropy_scaling_applies_to_the_named_tasks_only(tiny_params: Params, training_data: TrainingData) -> None:
    params = replace(tiny_params, calibration=CalibrationParams(entropy_scaled_tasks=["emotion"]))
    network, tokenizer = start_confident_network(params, training_data)
    entries = calibrate(network, tokenizer, training_data.eval_splits, [EMOTION, SENTIMENT], params)
    assert entries["emotion"]["entropy_power"] != 0
    assert "entropy_power" not in entries["sentiment"]
