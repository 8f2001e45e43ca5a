"""The SavedModel has calibration in its graph and a signature for each task."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tokenizers import Tokenizer

from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION, PHRASE
from emoji_api.training.calibration.temperature import Temperature
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.batches import encode_truncated, pad
from emoji_api.training.export.saved_model import ServedNetwork
from emoji_api.training.network.build import PADDING_LOGIT
from emoji_api.training.network.forward import predict


@pytest.fixture(scope="module")
def inputs(tokenizer: Tokenizer, validation: Split) -> dict[str, np.ndarray]:
    return pad(encode_truncated(tokenizer, validation.texts, 32))


@pytest.mark.parametrize("temperature", [Temperature(0.5), Temperature(), Temperature(3.0), Temperature(0.5, 0.4)])
def test_softmax_and_temperature_are_in_the_graph(network, tokenizer, validation, inputs, temperature) -> None:
    served = ServedNetwork(network, [EMOTION], {"emotion": temperature})
    probabilities = served.signature("emotion")(**inputs)["emotion"].numpy()
    logits = predict(network, tokenizer, validation.texts, 32)["emotion"]
    np.testing.assert_allclose(probabilities, temperature.probabilities(logits), atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_span_logits_are_divided_by_the_temperature_except_for_padding(network, inputs) -> None:
    served = ServedNetwork(network, [EMOTION, PHRASE], {"phrase": Temperature(2.0)})
    scaled, logits = served.signature(*PHRASE.outputs)(**inputs), network(inputs)
    is_token = inputs["attention_mask"] == 1
    assert not is_token.all()
    for name in PHRASE.outputs:
        np.testing.assert_allclose(scaled[name].numpy()[is_token], logits[name].numpy()[is_token] / 2, atol=1e-5)
        assert (scaled[name].numpy()[~is_token] == PADDING_LOGIT).all()


def test_all_tasks_have_a_signature(tiny_bundle: Path) -> None:
    signatures = tf.saved_model.load(str(tiny_bundle / "saved_model")).signatures
    assert signatures.keys() == {"serving_default", *read_bundle(tiny_bundle).tasks}
    for signature in signatures.values():
        specifications = signature.structured_input_signature[1]
        assert {name: (spec.shape.rank, spec.dtype) for name, spec in specifications.items()} == {
            "input_ids": (2, tf.int32),
            "attention_mask": (2, tf.int32),
        }
