"""Gram matrices are those of the activations that each kernel is multiplied with."""

from pathlib import Path

import numpy as np
import onnx
import tf_keras as keras
from tokenizers import Tokenizer

from emoji_api.inference.engines.onnx_runtime import OnnxEngine
from emoji_api.tasks import EMOTION
from emoji_api.training.examples.batches import encode_truncated, pad
from emoji_api.training.export.gram_matrices import measure_gram_matrices
from emoji_api.training.export.onnx_graph import build_activations_graph
from emoji_api.training.export.weights import named_arrays


def test_gram_matrices_are_summed_over_tokens_without_padding(
    network: keras.Model, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    config, arrays = network.get_layer("distilbert").config, named_arrays(network.weights, [EMOTION])
    texts = ["so happy today", "sad", "i am very afraid of this day"]
    grams = measure_gram_matrices(config, arrays, tokenizer, texts, 32, tmp_path)
    assert not list(tmp_path.iterdir())
    model, input_of = build_activations_graph(config, arrays)
    onnx.save(model, tmp_path / "model.onnx")
    engine = OnnxEngine(tmp_path / "model.onnx", {})
    assert grams.keys() == input_of.keys()
    for kernel, name in input_of.items():
        expected = 0
        for text in texts:  # one by one, so without padding
            activations = engine.run([name], **pad(encode_truncated(tokenizer, [text], 32)))[name][0]
            expected = expected + activations.T @ activations
        np.testing.assert_allclose(grams[kernel], expected, rtol=1e-3, atol=1e-3, err_msg=kernel)
