"""Matrix products are in bfloat16 inside of the context only."""

import numpy as np
import pytest
import tensorflow as tf

from emoji_api.training.network.forward import forward
from emoji_api.training.network.precision import BFLOAT16_PRODUCTS, products_in_bfloat16


@pytest.fixture(scope="module")
def infer(network, tokenizer):
    """Return a function that computes the emotion logits of two texts."""

    def infer() -> np.ndarray:
        ((_, outputs),) = forward(network, tokenizer, ["so happy today", "i am afraid"], 32)
        return outputs["emotion"]

    return infer


def test_logits_after_the_context_are_exact(infer) -> None:
    before = infer()
    with products_in_bfloat16(True):
        infer()
    np.testing.assert_array_equal(infer(), before)


def test_logits_inside_the_context_are_close(infer) -> None:
    before = infer()
    with products_in_bfloat16(True):
        inside = infer()
    np.testing.assert_allclose(inside, before, atol=0.1)


def test_disabled_context_changes_nothing(infer) -> None:
    before = infer()
    with products_in_bfloat16(False):
        np.testing.assert_array_equal(infer(), before)


def test_error_inside_the_context_ends_it(infer) -> None:
    before = infer()
    with pytest.raises(ZeroDivisionError), products_in_bfloat16(True):
        infer()
        raise ZeroDivisionError
    assert not tf.config.optimizer.get_experimental_options()[BFLOAT16_PRODUCTS]
    np.testing.assert_array_equal(infer(), before)
