"""How exactly the network is computed while it is fitted."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from emoji_api.training.network.forward import as_function

BFLOAT16_PRODUCTS = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def products_in_bfloat16(wanted: bool) -> Iterator[None]:
    """Within, if `wanted`, graphs compute matrix products in bfloat16 where the processor has it: in half the time.

    Weights, and what is sensitive to rounding, stay float32: it is a pass of TensorFlow's graph optimizer (in
    https://github.com/tensorflow/tensorflow, core/grappler/optimizers/auto_mixed_precision.h). Afterwards graphs are
    as exact as before.
    """
    as_function.cache_clear()  # what was traced keeps the precision that it was optimized with
    tf.config.optimizer.set_experimental_options({BFLOAT16_PRODUCTS: wanted})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({BFLOAT16_PRODUCTS: False})
        as_function.cache_clear()
