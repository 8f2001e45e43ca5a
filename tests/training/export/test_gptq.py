"""Kernels are rounded so that their products change little."""

import numpy as np
import pytest

from emoji_api.training.export.gptq import WEIGHT_LEVELS, gptq, quantize_kernels, to_int8

INPUTS = 200


@pytest.fixture
def kernel() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(INPUTS, 30)).astype(np.float32)


@pytest.fixture
def read() -> np.ndarray:
    """What a product reads: inputs that go together, as a network's do, (rows, INPUTS)."""
    random = np.random.default_rng(2)
    return random.normal(size=(2000, 20)) @ random.normal(size=(20, INPUTS)) + 0.3 * random.normal(size=(2000, INPUTS))


def error(kernel: np.ndarray, read: np.ndarray, values: np.ndarray, scale: np.ndarray) -> float:
    """The mean square of what rounding changes of a product."""
    return float(np.mean((read @ (values * scale - kernel)) ** 2))


@pytest.mark.parametrize("axis", [0, 1])
def test_int8_and_its_scale_give_the_values_back(axis: int) -> None:
    values = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    quantized, scale = to_int8(values, axis=axis, levels=63)
    assert quantized.dtype == np.int8
    assert np.abs(quantized).max() == 63
    assert (np.abs(quantized * scale - values) <= scale / 2 + 1e-6).all()


def test_int8_of_zeros() -> None:
    quantized, scale = to_int8(np.zeros((3, 2), np.float32), axis=0, levels=127)
    assert not quantized.any()
    assert np.isfinite(scale).all()


def test_the_product_changes_less_than_by_rounding_to_the_nearest(kernel: np.ndarray, read: np.ndarray) -> None:
    others = np.random.default_rng(3).permutation(read)[:1000]
    values, scale = gptq(kernel, others.T @ others)
    assert values.dtype == np.int8
    assert np.abs(values).max() <= WEIGHT_LEVELS
    assert error(kernel, read, values, scale) < error(kernel, read, *to_int8(kernel, axis=0, levels=63)) / 3


def test_inputs_that_have_nothing_to_do_with_each_other_are_rounded_to_the_nearest(kernel: np.ndarray) -> None:
    values, _ = gptq(kernel, np.diag(np.arange(INPUTS, dtype=float)))
    np.testing.assert_array_equal(values, to_int8(kernel, axis=0, levels=WEIGHT_LEVELS)[0])


def test_an_input_that_is_never_there_is_rounded_too(kernel: np.ndarray, read: np.ndarray) -> None:
    read[:, 7] = 0
    values, scale = gptq(kernel, read.T @ read)
    assert np.abs(values[7] * scale[0] - kernel[7]).max() <= scale.max()


def test_only_kernels_are_rounded_and_those_without_a_matrix_to_the_nearest(kernel: np.ndarray, read) -> None:
    arrays = {
        "transformer.layer.0.ffn.lin1.weight": kernel,
        "transformer.layer.0.ffn.lin1.bias": kernel[0],
        "embeddings.word_embeddings.weight": kernel,
        "emotion.pre_classifier.weight": kernel,
        "emotion.classifier.weight": kernel,
    }
    rounded = quantize_kernels(arrays, {"transformer.layer.0.ffn.lin1.weight": read.T @ read})
    assert rounded.keys() == {"transformer.layer.0.ffn.lin1.weight", "emotion.pre_classifier.weight"}
    nearest = to_int8(kernel, axis=0, levels=WEIGHT_LEVELS)[0]
    np.testing.assert_array_equal(rounded["emotion.pre_classifier.weight"][0], nearest)
    assert (rounded["transformer.layer.0.ffn.lin1.weight"][0] != nearest).any()
