"""The network has one encoder and one head for each task."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT
from emoji_api.training.network.build import PADDING_LOGIT, build_network
from emoji_api.training.network.checkpoints import build_encoder, load_checkpoint


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint):
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    return build_encoder(checkpoint.config, checkpoint.weights)


@pytest.fixture(scope="module")
def joint(encoder) -> keras.Model:
    return build_network(encoder, [EMOTION, SENTIMENT, PHRASE])


def inputs(rows: int, length: int, tokens: int | None = None) -> dict[str, tf.Tensor]:
    """Return equal texts of `tokens` tokens, padded to `length`."""
    mask = np.arange(length) < (tokens or length)
    return {"input_ids": tf.fill((rows, length), 7), "attention_mask": tf.constant(np.tile(mask, (rows, 1)), tf.int32)}


@pytest.mark.parametrize(("rows", "length"), [(1, 3), (4, 17)])
def test_outputs_have_their_shapes_for_any_batch_and_length(joint: keras.Model, rows: int, length: int) -> None:
    shapes = {name: tuple(logits.shape) for name, logits in joint(inputs(rows, length)).items()}
    spans = {"span_start": (rows, length, 3), "span_end": (rows, length, 3)}
    assert shapes == {"emotion": (rows, 6), "sentiment": (rows, 3)} | spans


def test_heads_share_the_encoder(joint: keras.Model, encoder) -> None:
    classification_head, span_head = 4, 2  # kernels and biases of two layers, of one layer
    assert len(joint.weights) == len(encoder.weights) + 2 * classification_head + span_head


@pytest.mark.parametrize("name", ["emotion", "sentiment"])
def test_padding_does_not_change_classification_logits(joint: keras.Model, name: str) -> None:
    np.testing.assert_allclose(joint(inputs(2, 5))[name], joint(inputs(2, 9, tokens=5))[name], atol=1e-5)


@pytest.mark.parametrize("name", PHRASE.outputs)
def test_padding_does_not_change_span_logits_of_tokens(joint: keras.Model, name: str) -> None:
    padded = joint(inputs(2, 9, tokens=5))[name].numpy()
    np.testing.assert_allclose(padded[:, :5], joint(inputs(2, 5))[name], atol=1e-5)
    assert (padded[:, 5:] == PADDING_LOGIT).all()
    assert np.abs(padded[:, :5]).max() < 100


def test_classification_head_is_distilberts(joint: keras.Model, encoder) -> None:
    head = joint.get_layer("emotion")
    first = encoder(**inputs(2, 5)).last_hidden_state[:, 0]
    hidden = tf.nn.relu(first @ head.pre_classifier.kernel + head.pre_classifier.bias)
    expected = hidden @ head.classifier.kernel + head.classifier.bias
    np.testing.assert_allclose(joint(inputs(2, 5))["emotion"], expected, atol=1e-5)


def test_span_head_is_linear_in_each_token(joint: keras.Model, encoder) -> None:
    classifier = joint.get_layer("phrase").classifier
    logits = encoder(**inputs(2, 5)).last_hidden_state @ classifier.kernel + classifier.bias
    outputs = joint(inputs(2, 5))
    np.testing.assert_allclose(outputs["span_start"], logits[..., :3], atol=1e-5)
    np.testing.assert_allclose(outputs["span_end"], logits[..., 3:], atol=1e-5)


def test_network_with_only_a_span_task(encoder) -> None:
    assert build_network(encoder, [PHRASE])(inputs(1, 4)).keys() == set(PHRASE.outputs)
