"""GPTQ rounds kernels so that their products change little."""

import numpy as np
import pytest

from emoji_api.training.export.gptq import WEIGHT_LEVELS, gptq, quantize_kernels, round_to_int8

INPUTS = 200


@pytest.fixture
def kernel() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(INPUTS, 30)).astype(np.float32)


@pytest.fixture
def activations() -> np.ndarray:
    """Correlated inputs of a matmul, as in a network: (rows, INPUTS)."""
    rng = np.random.default_rng(2)
    return rng.normal(size=(2000, 20)) @ rng.normal(size=(20, INPUTS)) + 0.3 * rng.normal(size=(2000, INPUTS))


def product_error(kernel: np.ndarray, activations: np.ndarray, values: np.ndarray, scale: np.ndarray) -> float:
    """Return the mean squared error of the product with the quantised kernel."""
    return float(np.mean((activations @ (values * scale - kernel)) ** 2))


@pytest.mark.parametrize("axis", [0, 1])
def test_rounding_to_int8_is_off_by_half_a_step(axis: int) -> None:
    values = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    rounded, scale = round_to_int8(values, axis=axis, levels=63)
    assert rounded.dtype == np.int8
    assert np.abs(rounded).max() == 63
    assert (np.abs(rounded * scale - values) <= scale / 2 + 1e-6).all()


def test_zeros_have_a_finite_scale() -> None:
    rounded, scale = round_to_int8(np.zeros((3, 2), np.float32), axis=0, levels=127)
    assert not rounded.any()
    assert np.isfinite(scale).all()


def test_gptq_changes_the_product_less_than_rounding_to_the_nearest(
    kernel: np.ndarray, activations: np.ndarray
) -> None:
    sample = np.random.default_rng(3).permutation(activations)[:1000]
    values, scale = gptq(kernel, sample.T @ sample)
    assert values.dtype == np.int8
    assert np.abs(values).max() <= WEIGHT_LEVELS
    nearest = round_to_int8(kernel, axis=0, levels=WEIGHT_LEVELS)
    assert product_error(kernel, activations, values, scale) < product_error(kernel, activations, *nearest) / 3


def test_uncorrelated_inputs_are_rounded_to_the_nearest(kernel: np.ndarray) -> None:
    values, _ = gptq(kernel, np.diag(np.arange(INPUTS, dtype=float)))
    np.testing.assert_array_equal(values, round_to_int8(kernel, axis=0, levels=WEIGHT_LEVELS)[0])


def test_input_that_is_always_zero_is_rounded_too(kernel: np.ndarray, activations: np.ndarray) -> None:
    activations[:, 7] = 0
    values, scale = gptq(kernel, activations.T @ activations)
    assert np.abs(values[7] * scale[0] - kernel[7]).max() <= scale.max()


def test_only_kernels_are_quantised_and_to_the_nearest_without_a_gram_matrix(
    kernel: np.ndarray, activations: np.ndarray
) -> None:
    lin1, head = "transformer.layer.0.ffn.lin1.weight", "emotion.pre_classifier.weight"
    arrays = {
        lin1: kernel,
        "transformer.layer.0.ffn.lin1.bias": kernel[0],
        "embeddings.word_embeddings.weight": kernel,
        head: kernel,
        "emotion.classifier.weight": kernel,
    }
    quantized = quantize_kernels(arrays, {lin1: activations.T @ activations})
    assert quantized.keys() == {lin1, head}
    nearest = round_to_int8(kernel, axis=0, levels=WEIGHT_LEVELS)[0]
    np.testing.assert_array_equal(quantized[head][0], nearest)
    assert (quantized[lin1][0] != nearest).any()
