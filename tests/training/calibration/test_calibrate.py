"""Confidence says how often the answer is right."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, HATE, PHRASE, SENTIMENT, TASKS
from emoji_api.training.calibration.calibrate import (
    calibrate,
    class_balance_weights,
    concatenate_weighted,
    fit_calibration,
    fit_logit_adjustment,
    fit_temperature,
    uniform_targets,
)
from emoji_api.training.calibration.spans import calibrate_spans, fit_spans, whole_text_is_better
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.calibration_error import calibration_error_if_calibrated, expected_calibration_error
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.network.forward import predict, softmax
from emoji_api.training.network.spans import SpanLogits
from emoji_api.training.params import CalibrationParams, Params
from emoji_api.training.train import start_network

BIAS = np.array([0.6, -0.2, 0.1, -0.5, 0.3, -0.3])


def sample(temperature: float, bias: np.ndarray | float = 0.0, rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn from their calibrated probabilities."""
    logits = np.random.default_rng(0).normal(0, 3, (rows, 6))
    return logits, draw(softmax(logits / temperature + bias))


def draw(probabilities: np.ndarray) -> np.ndarray:
    """A label of each row."""
    random = np.random.default_rng(1).random((len(probabilities), 1))
    return (probabilities.cumsum(axis=1) < random).sum(axis=1).clip(max=probabilities.shape[1] - 1)


def calibration_error(logits: np.ndarray, labels: np.ndarray) -> float:
    probabilities = softmax(logits)
    return expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 4.0])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    fitted, bias = fit_calibration(*sample(temperature))
    assert fitted == pytest.approx(temperature, rel=0.05)
    assert np.abs(bias).max() < 0.1


def test_a_known_bias_is_recovered() -> None:
    temperature, bias = fit_calibration(*sample(1.7, BIAS))
    assert temperature == pytest.approx(1.7, rel=0.05)
    assert bias.tolist() == pytest.approx(BIAS.tolist(), abs=0.1)
    assert bias.sum() == pytest.approx(0)


def test_wholly_even_is_as_if_the_rare_labels_had_an_even_share() -> None:
    logits, labels = sample(1.7, np.array([1.0, 1.0, 1.0, -1.5, -1.5, 1.0]))
    rng, even = np.random.default_rng(1), len(labels) // 6
    rows = [np.flatnonzero(labels == label) for label in range(6)]
    assert [len(of) < even for of in rows] == [False, False, False, True, True, False]
    alike = np.concatenate([of if len(of) > even else rng.choice(of, even) for of in rows])
    temperature, bias = fit_calibration(logits, labels, class_balance_weights(labels, 1, 6))
    expected = fit_calibration(logits[alike], labels[alike])
    assert temperature == pytest.approx(expected[0], rel=0.05)
    assert bias.tolist() == pytest.approx(expected[1].tolist(), abs=0.1)


def test_evenness_gives_rare_labels_more_often() -> None:
    logits, labels = sample(1.7, np.array([3.0, 0, 0, 0, 0, 0]))
    given = []
    for class_balance in (0, 0.5, 1):
        temperature, bias = fit_calibration(logits, labels, class_balance_weights(labels, class_balance, 6))
        given.append((softmax(logits / temperature + bias).argmax(axis=1) > 0).mean())
    assert given[0] < given[1] < given[2]


def test_without_adjustment_nothing_is_adjusted() -> None:
    logits, labels = sample(1.7, BIAS)
    temperature, bias = fit_logit_adjustment(logits, labels, 0)
    expected = fit_calibration(logits, labels)
    assert temperature == pytest.approx(expected[0], rel=0.01)
    assert bias.tolist() == pytest.approx(expected[1].tolist(), abs=0.01)


def test_adjusted_logits_give_rare_labels_more_often() -> None:
    logits, labels = sample(1.7, np.array([3.0, 0, 0, 0, 0, 0]))
    given = []
    for strength in (0, 0.5, 1):
        temperature, bias = fit_logit_adjustment(logits, labels, strength)
        given.append((softmax(logits / temperature + bias).argmax(axis=1) > 0).mean())
        assert bias.sum() == pytest.approx(0, abs=1e-6)
    assert given[0] < given[1] < given[2]


def test_adjusting_again_changes_nothing() -> None:
    """A bundle may be exported from one that was calibrated."""
    logits, labels = sample(1.7, BIAS)
    temperature, bias = fit_logit_adjustment(logits, labels, 0.7)
    again = fit_logit_adjustment(logits / temperature + bias, labels, 0.7)
    assert again[0] == pytest.approx(1, abs=0.01)
    assert np.abs(again[1]).max() < 0.02


def test_a_network_that_is_always_right_gets_a_finite_temperature() -> None:
    temperature, bias = fit_calibration(np.eye(6) * 9, np.arange(6))
    assert 0.1 < temperature < 1
    assert np.isfinite(bias).all()


@pytest.mark.parametrize("power", [-0.1, 0.0, 0.4])
def test_a_known_power_of_the_entropy_is_recovered(power: float) -> None:
    logits, _ = sample(1.7)
    drawn = draw(Temperature(1.7, power).probabilities(logits, BIAS))
    rows = logits, drawn, np.ones(len(logits))
    temperature, bias = fit_temperature(rows, 2.5, BIAS * 1.7 / 2.5, entropy_scaled=True)
    assert temperature.value == pytest.approx(1.7, rel=0.05)
    assert temperature.entropy_power == pytest.approx(power, rel=0.15, abs=0.03)
    assert bias.tolist() == pytest.approx(BIAS.tolist(), rel=0.05)
    assert fit_temperature(rows, 2.5, BIAS * 1.7 / 2.5, entropy_scaled=False)[0].entropy_power == 0


def test_rows_of_no_label_pull_towards_an_even_spread() -> None:
    """Each weighs as one row, and the best fit to it alone gives each label the same probability."""
    unsure = uniform_targets(np.random.default_rng(0).normal(0, 3, (50, 6)))
    assert unsure[2].sum() == pytest.approx(50)
    assert softmax(unsure[0] / fit_calibration(*unsure)[0]).max() < 0.6
    certain = np.eye(6)[np.arange(600) % 6] * 9, np.arange(600) % 6, np.ones(600)
    temperatures = [fit_calibration(*concatenate_weighted(certain, unsure, share))[0] for share in (0.01, 0.1, 1)]
    assert temperatures == sorted(temperatures)
    assert temperatures[2] > 1.2 * temperatures[0]


def test_calibrated_confidence_has_a_small_error() -> None:
    assert calibration_error(*sample(1.0)) < 0.01


def test_overconfidence_has_a_large_error_until_it_is_calibrated() -> None:
    logits, labels = sample(3.0, BIAS)
    temperature, bias = fit_calibration(logits, labels)
    assert calibration_error(logits, labels) > 0.2
    assert calibration_error(logits / temperature + bias, labels) < 0.015


def test_by_hand() -> None:
    # bins of 0.2: one holds 0.9 and 0.85, half of them right, the other 0.5 and 0.45, both right
    confidence, right = np.array([0.9, 0.85, 0.5, 0.45]), np.array([True, False, True, True])
    expected = (0.875 - 0.5) * 0.5 + (1 - 0.475) * 0.5
    assert expected_calibration_error(confidence, right, bins=5) == pytest.approx(expected)


def spans(label: int, *rights: tuple[int, int]) -> list[SpanLogits]:
    """Of texts of four tokens, of which the network gives the second alone."""
    logits = np.where(np.tri(4, dtype=bool).T, 0.0, -np.inf)
    logits[1, 1] = 5
    return [SpanLogits(label=label, logits=logits, right=right) for right in rights]


@pytest.mark.parametrize(
    ("right", "better"), [([(0, 3)], True), ([(1, 1)], False), ([(0, 2), (1, 1)], False), ([(0, 2), (1, 2)], True)]
)
def test_the_whole_text_where_it_overlaps_more(right: list[tuple[int, int]], better: bool) -> None:
    assert whole_text_is_better(spans(1, *right), 1) is better


def test_the_texts_of_other_labels_do_not_count() -> None:
    scores = spans(0, (1, 1), (1, 1)) + spans(1, (0, 3))
    assert [whole_text_is_better(scores, label) for label in range(3)] == [False, True, False]


def test_spans_that_are_not_chosen_have_no_part_in_what_is_fitted() -> None:
    negative = spans(0, (1, 1), (1, 1), (1, 1), (0, 1))
    whole = spans(1, *[(0, 3)] * 20)  # the network, which is sure of another, would look overconfident
    fitted = calibrate_spans(PHRASE, negative + whole)
    temperature, prior = fit_spans(negative)
    assert fitted == {"temperature": temperature, "threshold": None, "whole": ["neutral"], "prior": asdict(prior)}
    assert prior.whole_text < fit_spans(negative + whole)[1].whole_text


@pytest.fixture(scope="module")
def calibrated(tiny_params: Params, training_data: TrainingData) -> tuple[keras.Model, Tokenizer, dict[str, Any]]:
    """A network of its own, since its biases are changed, and what was fitted to it."""
    keras.utils.set_random_seed(0)  # the heads are fresh
    network, tokenizer = start_network(tiny_params, training_data)
    return (
        network,
        tokenizer,
        calibrate(network, tokenizer, training_data.eval_splits, training_data.tasks, tiny_params),
    )


@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if task.kind == "classification"], ids=lambda task: task.name
)
def test_the_bias_is_taken_into_the_head(calibrated, training_data: TrainingData, task) -> None:
    network, tokenizer, fitted = calibrated
    validation = training_data.eval_splits[task.name]["validation"]
    logits = predict(network, tokenizer, validation.texts, 32)[task.name]
    shares = np.bincount(validation.labels, minlength=len(task.labels)) / len(validation)
    # a bias that fits best makes the mean probability of a label its share
    np.testing.assert_allclose(softmax(logits / fitted[task.name]["temperature"]).mean(axis=0), shares, atol=0.02)


def test_every_task_is_fitted(calibrated) -> None:
    fitted = calibrated[2]
    assert list(fitted) == list(TASKS)
    assert all(0.1 < of_task["temperature"] < 8 for of_task in fitted.values())


def test_hate_and_offence_have_a_threshold(calibrated) -> None:
    thresholds = {name: of_task["threshold"] for name, of_task in calibrated[2].items()}
    assert {name for name, threshold in thresholds.items() if threshold is not None} == {"hate", "offensive"}


def test_the_share_of_false_alarms_is_the_task_s_own(tiny_params: Params, training_data: TrainingData) -> None:
    thresholds = {}
    for share in (0.01, 0.9):
        params = replace(tiny_params, calibration=CalibrationParams(max_false_positive_rate={"hate": share}))
        network, tokenizer = start_network(params, training_data)
        thresholds[share] = calibrate(network, tokenizer, training_data.eval_splits, [HATE], params)["hate"][
            "threshold"
        ]
    assert thresholds[0.01] > thresholds[0.9]


def test_the_adjustment_is_the_task_s_own(tiny_params: Params, training_data: TrainingData) -> None:
    """It is taken into the head of the task that is named."""
    biases = {}
    validation = training_data.eval_splits["hate"]["validation"]
    rows = [label == 0 or place < 20 for place, label in enumerate(validation.labels)]
    splits = training_data.eval_splits | {"hate": {"validation": validation.where(rows)}}
    for strength in (0.0, 1.0):
        keras.utils.set_random_seed(0)  # the heads are fresh
        params = replace(tiny_params, calibration=CalibrationParams(logit_adjustment={"hate": strength}))
        network, tokenizer = start_network(params, training_data)
        calibrate(network, tokenizer, splits, [HATE, SENTIMENT], params)
        biases[strength] = {name: network.get_layer(name).classifier.bias.numpy() for name in ("hate", "sentiment")}
    labels = np.bincount(splits["hate"]["validation"].labels)
    assert 0 < labels[1] < labels[0]
    assert np.diff(biases[1.0]["hate"]) > np.diff(biases[0.0]["hate"]) + 0.1
    assert biases[1.0]["sentiment"].tolist() == pytest.approx(biases[0.0]["sentiment"].tolist(), abs=1e-5)


def test_annotated_tweets_move_the_bias_towards_what_they_are(tiny_params: Params, training_data: TrainingData) -> None:
    """All annotated tweets are fear: the more they weigh, the likelier it is."""
    texts = training_data.eval_splits["emotion"]["validation"].texts
    annotated = Split(texts=texts[:50], labels=[EMOTION.labels.index("fear")] * 50)
    splits = {"emotion": training_data.eval_splits["emotion"] | {"annotated": annotated}}
    likely = []
    for weight in (0.0, 0.1, 1.0):
        params = replace(tiny_params, calibration=CalibrationParams(annotated_weight=weight))
        network, tokenizer = start_network(params, training_data)
        temperature = calibrate(network, tokenizer, splits, [EMOTION], params)["emotion"]["temperature"]
        logits = predict(network, tokenizer, texts, 32)["emotion"]
        likely.append(softmax(logits / temperature).mean(axis=0)[EMOTION.labels.index("fear")])
    assert likely[0] < likely[1] < likely[2]


def start_outspoken(params: Params, data: TrainingData) -> tuple[keras.Model, Tokenizer]:
    """A network whose answers are not all as unsure as those of fresh heads are."""
    network, tokenizer = start_network(params, data)
    for task in (EMOTION, SENTIMENT):
        kernel = network.get_layer(task.name).classifier.kernel
        kernel.assign(10 * kernel)
    return network, tokenizer


def test_texts_with_nothing_to_feel_lower_the_confidence(tiny_params: Params, training_data: TrainingData) -> None:
    texts = training_data.eval_splits["emotion"]["validation"].texts
    confidence = []
    for weight in (0.0, 0.3, 3.0):
        params = replace(tiny_params, calibration=CalibrationParams(no_emotion_texts=weight))
        keras.utils.set_random_seed(0)  # the heads are fresh
        network, tokenizer = start_outspoken(params, training_data)
        says = predict(network, tokenizer, texts, 32)["emotion"].argmax(axis=1).tolist()
        right = {"emotion": {"validation": Split(texts=texts, labels=says)}}  # or it could not be too sure
        fitted = calibrate(network, tokenizer, right, [EMOTION], params, texts[:50])["emotion"]
        logits = predict(network, tokenizer, texts[:50], 32)["emotion"]
        confidence.append(Temperature.of(fitted).probabilities(logits).max(axis=1).mean())
    assert confidence[0] > confidence[1] > confidence[2]


def test_the_temperature_depends_on_the_entropy_of_the_tasks_that_are_named(
    tiny_params: Params, training_data: TrainingData
) -> None:
    params = replace(tiny_params, calibration=CalibrationParams(entropy_scaled_tasks=["emotion"], annotated_weight=0.0))
    network, tokenizer = start_outspoken(params, training_data)
    fitted = calibrate(network, tokenizer, training_data.eval_splits, [EMOTION, SENTIMENT], params)
    assert fitted["emotion"]["entropy_power"] != 0
    assert "entropy_power" not in fitted["sentiment"]


def test_only_a_phrase_may_be_whole(calibrated) -> None:
    fitted = calibrated[2]
    assert [name for name, of_task in fitted.items() if "whole" in of_task] == [PHRASE.name]
    assert set(fitted["phrase"]["whole"]) <= set(SENTIMENT.labels)


def test_only_the_tasks_that_are_trained(tiny_params: Params, training_data: TrainingData) -> None:
    data = replace(training_data, tasks=[HATE])
    network, tokenizer = start_network(tiny_params, data)
    assert calibrate(network, tokenizer, data.eval_splits, data.tasks, tiny_params).keys() == {"hate"}


@pytest.mark.parametrize(("right", "error"), [(True, 0), (False, 1)])
def test_full_confidence_is_in_the_last_bin(right: bool, error: float) -> None:
    assert expected_calibration_error(np.array([1.0]), np.array([right])) == error


@pytest.mark.parametrize(("confidence", "error"), [([0.5], 0.5), ([1.0, 1.0], 0), ([0.5, 0.5], 0.25)])
def test_the_error_by_chance_by_hand(confidence: list[float], error: float) -> None:
    """Of two in one bin, both, none or one is right: an error of a half twice in four, else none."""
    assert calibration_error_if_calibrated(np.array(confidence), draws=4000) == pytest.approx(error, abs=0.02)


def test_the_error_by_chance_is_smaller_the_more_rows() -> None:
    few, many = (calibration_error_if_calibrated(np.random.default_rng(0).random(rows)) for rows in (100, 10_000))
    assert 0 < many < 0.02 < few
