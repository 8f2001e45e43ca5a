"""Rounds kernels to int8 so that what comes out of a product changes least, not the kernel itself."""

from collections.abc import Mapping

import numpy as np

# seven of the eight bits: processors without VNNI add pairs of products in 16 bits, which eight bits would overflow
WEIGHT_LEVELS = 63
LEVELS = 127
# added to the diagonal of a Gram matrix, as a share of its mean: rounding one input is not made up for by another that
# the texts it was measured on hardly ever had
DAMPING = 0.01

# by the name of the kernel (in, out): its values as int8, and the scale (1, out) that gives them back
Rounded = Mapping[str, tuple[np.ndarray, np.ndarray]]


def to_int8(values: np.ndarray, *, axis: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """`values` as int8 within plus or minus `levels`, and the scale, kept along `axis`, that gives them back."""
    scale = _scale(values, axis, levels)
    return np.round(values / scale).astype(np.int8), scale


def quantize_kernels(arrays: Mapping[str, np.ndarray], grams: Mapping[str, np.ndarray]) -> Rounded:
    """The kernels of `arrays`, each by its Gram matrix, where `grams` has one of its name, else to the nearest."""
    kernels = [name for name, values in arrays.items() if _is_kernel(name, values)]
    return {
        name: gptq(arrays[name], grams[name]) if name in grams else to_int8(arrays[name], axis=0, levels=WEIGHT_LEVELS)
        for name in kernels
    }


def gptq(kernel: np.ndarray, gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A kernel (in, out) as int8 and its scale (1, out), for inputs whose Gram matrix (in, in) is `gram`.

    One input after the other, the largest first: what its rounding changes of the product is taken back, as far as it
    can be, by those that are not rounded yet (Frantar et al., GPTQ, https://arxiv.org/abs/2210.17323).
    """
    scale = _scale(kernel, 0, WEIGHT_LEVELS)
    order = np.argsort(-np.diag(gram))
    left, rounded = kernel[order].astype(np.float64), np.zeros(kernel.shape)
    damped = gram[np.ix_(order, order)] + DAMPING * np.diag(gram).mean() * np.eye(len(gram))
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    for place in range(len(left)):
        rounded[place] = np.round(left[place] / scale[0]).clip(-WEIGHT_LEVELS, WEIGHT_LEVELS)
        error = (left[place] - rounded[place] * scale[0]) / factor[place, place]
        left[place:] -= np.outer(factor[place, place:], error)
    return rounded[np.argsort(order)].astype(np.int8), scale


def _is_kernel(name: str, values: np.ndarray) -> bool:
    """Whether an array is a kernel of a product that int8 is worth it for."""
    return values.ndim == 2 and (name.startswith("transformer.") or name.endswith(".pre_classifier.weight"))


def _scale(values: np.ndarray, axis: int, levels: int) -> np.ndarray:
    return (np.abs(values).max(axis=axis, keepdims=True).clip(1e-9) / levels).astype(np.float32)
