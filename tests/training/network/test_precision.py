"""Products are rounded within, where the processor can, and nowhere else."""

import numpy as np
import pytest
import tensorflow as tf

from emoji_api.training.network.forward import forward
from emoji_api.training.network.precision import products_in_bfloat16


@pytest.fixture(scope="module")
def answers(network, tokenizer):
    """The logits of a few texts, as they are computed now."""

    def answers() -> np.ndarray:
        ((_, outputs),) = forward(network, tokenizer, ["so happy today", "i am afraid"], 32)
        return outputs["emotion"]

    return answers


def test_afterwards_answers_are_as_exact_as_before(answers) -> None:
    before = answers()
    with products_in_bfloat16(True):
        answers()
    np.testing.assert_array_equal(answers(), before)


def test_within_they_are_those_of_the_same_network(answers) -> None:
    before = answers()
    with products_in_bfloat16(True):
        within = answers()
    np.testing.assert_allclose(within, before, atol=0.1)


def test_unless_it_is_wanted_nothing_is_rounded(answers) -> None:
    before = answers()
    with products_in_bfloat16(False):
        np.testing.assert_array_equal(answers(), before)


def test_an_error_within_ends_it_too(answers) -> None:
    before = answers()
    with pytest.raises(ZeroDivisionError), products_in_bfloat16(True):
        answers()
        raise ZeroDivisionError
    assert not tf.config.optimizer.get_experimental_options()["auto_mixed_precision_onednn_bfloat16"]
    np.testing.assert_array_equal(answers(), before)
