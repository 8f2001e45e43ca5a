"""Mixed precision of the network's graphs."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from emoji_api.training.network.forward import compiled_forward

BFLOAT16_PRODUCTS = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def products_in_bfloat16(enabled: bool) -> Iterator[None]:
    """Compute matrix products in bfloat16 inside the context, if `enabled` and if the processor supports it.

    This halves the time of a step. Weights and operations that are sensitive to rounding stay float32: a pass of
    TensorFlow's graph optimizer decides (core/grappler/optimizers/auto_mixed_precision.h in
    https://github.com/tensorflow/tensorflow). Afterwards graphs are in float32 again.
    """
    compiled_forward.cache_clear()  # a traced graph keeps its precision
    tf.config.optimizer.set_experimental_options({BFLOAT16_PRODUCTS: enabled})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({BFLOAT16_PRODUCTS: False})
        compiled_forward.cache_clear()
