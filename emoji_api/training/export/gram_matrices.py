"""Gram matrices of the matmul inputs of a network, for GPTQ."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from tokenizers import Tokenizer
from transformers import DistilBertConfig

from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.training.examples.batches import batches_by_length
from emoji_api.training.export.onnx_graph import build_activations_graph


def measure_gram_matrices(
    config: DistilBertConfig,
    arrays: Mapping[str, np.ndarray],
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_length: int,
    folder: Path,
) -> dict[str, np.ndarray]:
    """Return by kernel name the Gram matrix (in, in) of the kernel's inputs, summed over the tokens of `texts`.

    A temporary ONNX file is written into `folder`.
    """
    model, input_of = build_activations_graph(config, arrays)
    path = folder / "model.activations.onnx"
    onnx.save(model, path)
    engine = OnnxEngine(path, {})
    path.unlink()
    # several kernels share an input: its Gram matrix is computed once
    grams = {name: np.zeros((len(arrays[kernel]),) * 2) for kernel, name in input_of.items()}
    for _, inputs in batches_by_length(tokenizer, texts, max_length):
        is_token = inputs["attention_mask"] == 1
        for name, activations in engine.run(list(grams), **inputs).items():
            grams[name] += activations[is_token].T @ activations[is_token]
    return {kernel: grams[name] for kernel, name in input_of.items()}
