"""Quantisation of kernels to int8 by GPTQ, which minimises the error of the products, not of the kernels."""

from collections.abc import Mapping

import numpy as np

from emoji_api.progress import track

# kernels have 7 of the 8 bits: processors without VNNI add pairs of products in 16 bits, which 8 bits would overflow
WEIGHT_LEVELS = 63
INT8_LEVELS = 127
# added to the diagonal of a Gram matrix, relative to its mean: the error of one input is not compensated by inputs
# that were almost never active on the measured texts
DAMPING = 0.01

QuantizedKernels = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Maps a kernel's name to its int8 values (in, out) and their float32 scale (1, out)."""


def quantize_kernels(arrays: Mapping[str, np.ndarray], grams: Mapping[str, np.ndarray]) -> QuantizedKernels:
    """Quantise the kernels among `arrays`: by GPTQ if `grams` has the kernel's Gram matrix, else to the nearest."""
    kernels = [name for name, values in arrays.items() if _is_quantized(name, values)]
    return {
        name: gptq(arrays[name], grams[name])
        if name in grams
        else round_to_int8(arrays[name], axis=0, levels=WEIGHT_LEVELS)
        for name in track(kernels, "quantising kernels")
    }


def gptq(kernel: np.ndarray, gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a kernel (in, out) as int8 values and their scale (1, out), for the Gram matrix (in, in) of its inputs.

    The rows are rounded one after the other, those of the largest inputs first. The error of each in the product is
    compensated by the rows that are not rounded yet (Frantar et al., 2022, https://arxiv.org/abs/2210.17323).
    """
    scale = _scale(kernel, 0, WEIGHT_LEVELS)
    order = np.argsort(-np.diag(gram))
    remaining, rounded = kernel[order].astype(np.float64), np.zeros(kernel.shape)
    damped = gram[np.ix_(order, order)] + DAMPING * np.diag(gram).mean() * np.eye(len(gram))
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    for row in range(len(remaining)):
        rounded[row] = np.round(remaining[row] / scale[0]).clip(-WEIGHT_LEVELS, WEIGHT_LEVELS)
        error = (remaining[row] - rounded[row] * scale[0]) / factor[row, row]
        remaining[row:] -= np.outer(factor[row, row:], error)
    return rounded[np.argsort(order)].astype(np.int8), scale


def round_to_int8(values: np.ndarray, *, axis: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `values` rounded to int8 from `-levels` to `levels`, and the float32 scale of each slice along `axis`.

    `rounded * scale` approximates `values`; the scale keeps `axis` with size 1.
    """
    scale = _scale(values, axis, levels)
    return np.round(values / scale).astype(np.int8), scale


def _is_quantized(name: str, values: np.ndarray) -> bool:
    """Return whether an array is a kernel that is worth quantising: one of the encoder's or a head's large one."""
    return values.ndim == 2 and (name.startswith("transformer.") or name.endswith(".pre_classifier.weight"))


def _scale(values: np.ndarray, axis: int, levels: int) -> np.ndarray:
    return (np.abs(values).max(axis=axis, keepdims=True).clip(1e-9) / levels).astype(np.float32)
