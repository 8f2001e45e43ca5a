"""One encoder, and a head a task."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.checkpoints import build_encoder, load_checkpoint
from emoji_api.training.network import build_network, exact_gelu, use_exact_gelu


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint):
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    return build_encoder(checkpoint.config, checkpoint.weights)


@pytest.fixture(scope="module")
def joint(encoder) -> keras.Model:
    return build_network(encoder, [EMOTION, SENTIMENT])


def inputs(rows: int, length: int) -> dict[str, tf.Tensor]:
    return {"input_ids": tf.fill((rows, length), 7), "attention_mask": tf.ones((rows, length), tf.int32)}


@pytest.mark.parametrize(("rows", "length"), [(1, 3), (4, 17)])
def test_logits_by_task_for_any_batch_and_length(joint: keras.Model, rows: int, length: int) -> None:
    shapes = {name: tuple(logits.shape) for name, logits in joint(inputs(rows, length)).items()}
    assert shapes == {"emotion": (rows, 6), "sentiment": (rows, 3)}


def test_heads_share_the_encoder(joint: keras.Model, encoder) -> None:
    of_a_head = 4  # pre_classifier and classifier, a kernel and a bias each
    assert len(joint.weights) == len(encoder.weights) + 2 * of_a_head


def test_padding_changes_nothing(joint: keras.Model) -> None:
    short, padded = inputs(2, 5), inputs(2, 9)
    padded["attention_mask"] = tf.constant([[1] * 5 + [0] * 4] * 2)
    np.testing.assert_allclose(joint(short)["emotion"], joint(padded)["emotion"], atol=1e-5)


def test_the_head_is_that_of_distilbert(joint: keras.Model, encoder) -> None:
    head = joint.get_layer("emotion")
    first = encoder(**inputs(2, 5)).last_hidden_state[:, 0]
    hidden = tf.nn.relu(first @ head.pre_classifier.kernel + head.pre_classifier.bias)
    expected = hidden @ head.classifier.kernel + head.classifier.bias
    np.testing.assert_allclose(joint(inputs(2, 5))["emotion"], expected, atol=1e-5)


def test_exact_gelu_is_gelu(encoder) -> None:
    x = tf.linspace(-6.0, 6.0, 101)
    np.testing.assert_allclose(exact_gelu(x), tf.nn.gelu(x, approximate=False), atol=1e-6)


def test_exact_gelu_changes_no_answer(tiny_checkpoint) -> None:
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    encoder = build_encoder(checkpoint.config, checkpoint.weights)
    before = encoder(**inputs(2, 5)).last_hidden_state.numpy()
    use_exact_gelu(encoder)
    np.testing.assert_allclose(encoder(**inputs(2, 5)).last_hidden_state, before, atol=1e-5)
