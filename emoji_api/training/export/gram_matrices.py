"""What the products of a network read of texts, as Gram matrices: by these its kernels are rounded."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from tokenizers import Tokenizer
from transformers import DistilBertConfig

from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.training.examples.batches import batches_by_length
from emoji_api.training.export.onnx_graph import build_activations_graph


def measure_grams(
    config: DistilBertConfig,
    arrays: Mapping[str, np.ndarray],
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_length: int,
    path: Path,
) -> dict[str, np.ndarray]:
    """The Gram matrix (in, in) of what each kernel is multiplied with, over the tokens of `texts`, by its name.

    `path` is where a model may be written, for the while.
    """
    model, outputs = build_activations_graph(config, arrays)
    onnx.save(model, path)
    engine = OnnxEngine(path, {})
    path.unlink()
    grams = {name: np.zeros((len(arrays[kernel]),) * 2) for kernel, name in outputs.items()}
    for _, inputs in batches_by_length(tokenizer, texts, max_length):
        read = inputs["attention_mask"] == 1
        for name, values in engine.run(list(grams), **inputs).items():
            grams[name] += values[read].T @ values[read]
    return {kernel: grams[name] for kernel, name in outputs.items()}
