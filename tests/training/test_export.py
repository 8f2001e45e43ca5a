"""An exported network answers like the one that was fitted, or it is no export."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api import load_classifier
from emoji_api.errors import ExportError
from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION
from emoji_api.training.batches import pad, tokenize
from emoji_api.training.datasets import Split
from emoji_api.training.evaluate import same_label
from emoji_api.training.export import TOLERANCE, ServedNetwork, compare, export
from emoji_api.training.fit import predict, softmax


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


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_softmax_and_temperature_are_in_the_graph(network, tokenizer, validation, inputs, temperature: float) -> None:
    served = ServedNetwork(network, [EMOTION], {"emotion": temperature})
    answered = served.signature("emotion")(**inputs)["emotion"].numpy()
    logits = predict(network, tokenizer, validation.texts, 32)["emotion"]
    np.testing.assert_allclose(answered, softmax(logits / temperature), atol=1e-5)
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-6)


def test_the_saved_model_has_a_signature_a_task(tiny_bundle: Path) -> None:
    signatures = tf.saved_model.load(str(tiny_bundle / "saved_model")).signatures
    assert signatures.keys() == {"serving_default", *read_bundle(tiny_bundle).tasks}
    for signature in signatures.values():
        specifications = signature.structured_input_signature[1]
        assert {name: (spec.shape.rank, spec.dtype) for name, spec in specifications.items()} == {
            "input_ids": (2, tf.int32),
            "attention_mask": (2, tf.int32),
        }


def test_int8_and_saved_model_agree(tiny_bundle: Path, validation: Split) -> None:
    served, original = load_classifier(tiny_bundle), load_classifier(tiny_bundle, engine="tensorflow")
    assert same_label(served, original, EMOTION, validation.texts) >= 0.97
    both = [classifier.probabilities(validation.texts, ["emotion"])["emotion"] for classifier in (served, original)]
    assert np.abs(both[0] - both[1]).mean() < 0.02
    assert all(np.allclose(probabilities.sum(axis=1), 1, atol=1e-5) for probabilities in both)


def test_int8_is_a_quarter_of_the_size(tiny_bundle: Path) -> None:
    parameters = sum(path.stat().st_size for path in (tiny_bundle / "saved_model" / "variables").iterdir())
    assert (tiny_bundle / "model.int8.onnx").stat().st_size < parameters


def test_only_the_files_of_a_bundle_are_left(network: keras.Model, tokenizer: Tokenizer, tmp_path: Path) -> None:
    export(network, tokenizer, [EMOTION], {"emotion": 1.5}, tmp_path, probe=["so happy", "sad"], max_length=32)
    assert {path.name for path in tmp_path.iterdir()} == {"model.int8.onnx", "saved_model", "tokenizer"}
    assert [path.name for path in (tmp_path / "tokenizer").iterdir()] == ["tokenizer.json"]
