"""An exported network answers like the one that was fitted, or it is no export."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import tensorflow as tf
import tf_keras as keras
from onnx import numpy_helper
from tokenizers import Tokenizer

from emoji_api import Classifier, load_classifier
from emoji_api.errors import ExportError
from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION, PHRASE, TASKS, Task
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import same_answer
from emoji_api.training.examples.batches import pad, tokenize
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.bundle import LEAST_AGREEMENT
from emoji_api.training.export.export import TOLERANCE, ServedNetwork, arrays_of, compare, export, read_arrays
from emoji_api.training.export.gptq import quantize_kernels
from emoji_api.training.network.build import OUTSIDE
from emoji_api.training.network.forward import predict


@pytest.fixture(scope="module")
def inputs(tokenizer: Tokenizer, validation: Split) -> dict[str, np.ndarray]:
    return pad(tokenize(tokenizer, validation.texts, 32), 32)


def test_what_answers_alike_is_accepted() -> None:
    compare({"emotion": np.zeros((2, 6))}, {"emotion": np.full((2, 6), TOLERANCE / 2)}, "the ONNX file")


@pytest.mark.parametrize("difference", [2 * TOLERANCE, -2 * TOLERANCE, np.nan])
def test_one_different_answer_is_refused(difference: float) -> None:
    other = np.zeros((2, 6))
    other[1, 3] = difference
    with pytest.raises(ExportError, match="the ONNX file differs from the fitted network by .* in 'emotion'"):
        compare({"emotion": np.zeros((2, 6))}, {"emotion": other}, "the ONNX file")


def test_the_tolerance_of_a_large_score_is_relative() -> None:
    compare({"span_start": np.array([OUTSIDE])}, {"span_start": np.array([OUTSIDE * (1 + TOLERANCE / 2)])}, "a form")
    with pytest.raises(ExportError):
        compare(
            {"span_start": np.array([OUTSIDE])}, {"span_start": np.array([OUTSIDE * (1 + TOLERANCE * 2)])}, "a form"
        )


@pytest.mark.parametrize("temperature", [Temperature(0.5), Temperature(), Temperature(3.0), Temperature(0.5, 0.4)])
def test_softmax_and_temperature_are_in_the_graph(network, tokenizer, validation, inputs, temperature) -> None:
    served = ServedNetwork(network, [EMOTION], {"emotion": temperature})
    answered = served.signature("emotion")(**inputs)["emotion"].numpy()
    logits = predict(network, tokenizer, validation.texts, 32)["emotion"]
    np.testing.assert_allclose(answered, temperature.probabilities(logits), atol=1e-5)
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-6)


def test_the_temperature_divides_the_scores_of_a_span_but_not_the_padding(network, inputs) -> None:
    served = ServedNetwork(network, [EMOTION, PHRASE], {"phrase": Temperature(2.0)})
    answered, logits = served.signature(*PHRASE.outputs)(**inputs), network(inputs)
    read = inputs["attention_mask"] == 1
    assert not read.all()
    for name in PHRASE.outputs:
        np.testing.assert_allclose(answered[name].numpy()[read], logits[name].numpy()[read] / 2, atol=1e-5)
        assert (answered[name].numpy()[~read] == OUTSIDE).all()


def test_the_saved_model_gives_its_arrays_back(tiny_bundle: Path) -> None:
    tasks = list(TASKS.values())
    arrays = read_arrays(tiny_bundle / "saved_model", tasks)
    heads = {name.split(".")[0] for name in arrays} - {"embeddings", "transformer"}
    assert heads == set(TASKS)
    assert arrays["phrase.classifier.weight"].shape == (32, 6)


def test_arrays_are_those_of_the_tasks_that_are_named(network: keras.Model) -> None:
    every, few = (arrays_of(network.weights, tasks) for tasks in (TASKS.values(), [EMOTION]))
    assert len(every) == len(network.weights)
    assert {name for name in few if not name.startswith(("embeddings.", "transformer."))} == {
        f"emotion.{layer}.{kind}" for layer in ("pre_classifier", "classifier") for kind in ("weight", "bias")
    }


def test_the_saved_model_has_a_signature_a_task(tiny_bundle: Path) -> None:
    signatures = tf.saved_model.load(str(tiny_bundle / "saved_model")).signatures
    assert signatures.keys() == {"serving_default", *read_bundle(tiny_bundle).tasks}
    for signature in signatures.values():
        specifications = signature.structured_input_signature[1]
        assert {name: (spec.shape.rank, spec.dtype) for name, spec in specifications.items()} == {
            "input_ids": (2, tf.int32),
            "attention_mask": (2, tf.int32),
        }


@pytest.fixture(scope="module")
def both(tiny_bundle: Path) -> list[Classifier]:
    """The bundle in int8, and as the SavedModel."""
    return [load_classifier(tiny_bundle), load_classifier(tiny_bundle, engine="tensorflow")]


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_int8_and_saved_model_agree(both: list[Classifier], training_data: TrainingData, task: Task) -> None:
    assert same_answer(*both, task, training_data.eval_splits[task.name]["validation"]) >= LEAST_AGREEMENT


def test_int8_and_saved_model_have_like_probabilities(both: list[Classifier], validation: Split) -> None:
    classifications = [task.name for task in TASKS.values() if task.kind == "classification"]
    served, original = (classifier.probabilities(validation.texts, classifications) for classifier in both)
    for name in classifications:
        assert np.abs(served[name] - original[name]).mean() < 0.02
        assert np.allclose(served[name].sum(axis=1), 1, atol=1e-5)


def test_kernels_are_rounded_for_the_texts_that_were_learned_from(tiny_bundle: Path) -> None:
    stored = {
        array.name: numpy_helper.to_array(array)
        for array in onnx.load(tiny_bundle / "model.int8.onnx").graph.initializer
    }
    arrays = read_arrays(tiny_bundle / "saved_model", list(TASKS.values()))
    for name, (nearest, _) in quantize_kernels(arrays, {}).items():
        if f"{name}.int8" in stored:  # others are joined with their neighbours
            assert 0 < (stored[f"{name}.int8"] != nearest).mean() < 1, name


def test_int8_is_a_quarter_of_the_size(tiny_bundle: Path) -> None:
    parameters = sum(path.stat().st_size for path in (tiny_bundle / "saved_model" / "variables").iterdir())
    assert (tiny_bundle / "model.int8.onnx").stat().st_size < parameters


def test_only_the_files_of_a_bundle_are_left(network: keras.Model, tokenizer: Tokenizer, tmp_path: Path) -> None:
    export(
        network,
        tokenizer,
        [EMOTION, PHRASE],
        {"emotion": Temperature(1.5)},
        tmp_path,
        probe=["so happy", "sad"],
        representative=["so happy today", "sad"],
        max_length=32,
    )
    assert {path.name for path in tmp_path.iterdir()} == {"model.int8.onnx", "saved_model", "tokenizer"}
    assert [path.name for path in (tmp_path / "tokenizer").iterdir()] == ["tokenizer.json"]
