"""Baseline service: `TFDistilBertForSequenceClassification.predict` in a Flask view.

It has the weights of the shipped bundle, read from its SavedModel, so that only the way of serving differs.
Run by `benchmarks.http_latency`; needs the optional dependencies `train` and the bundle's `saved_model/`.
"""

import sys
from pathlib import Path

import emoji_api.training  # noqa: F401  sets environment variables that TensorFlow reads at import

# isort: split
import tensorflow as tf
from flask import Flask, jsonify, request
from transformers import DistilBertConfig, PreTrainedTokenizerFast, TFDistilBertForSequenceClassification

from emoji_api.inference.classifier import packaged_bundle
from emoji_api.tasks import EMOTION, EMOTION_EMOJI
from emoji_api.training.export.weights import read_saved_model_arrays
from emoji_api.training.network.checkpoints import array_name


def load_model(bundle: Path) -> TFDistilBertForSequenceClassification:
    """Return the emotion network of the bundle as the model class of the transformers library."""
    weights = {
        name.removeprefix("emotion."): values
        for name, values in read_saved_model_arrays(bundle / "saved_model", [EMOTION]).items()
    }
    vocabulary_size, dim = weights["embeddings.word_embeddings.weight"].shape
    config = DistilBertConfig(
        vocab_size=vocabulary_size,
        dim=dim,
        n_heads=12,
        n_layers=sum(name.endswith("ffn.lin1.weight") for name in weights),
        hidden_dim=weights["transformer.layer.0.ffn.lin1.bias"].shape[0],
        num_labels=len(EMOTION.labels),
    )
    model = TFDistilBertForSequenceClassification(config)
    model.build_in_name_scope()
    for variable in model.weights:
        name = array_name(variable.name)
        variable.assign(weights[".".join(name.split(".")[-2:]) if "classifier" in name else name])
    return model


def create_app(bundle: Path) -> Flask:
    """Return a Flask application with the single view `GET /tweets`."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(bundle / "tokenizer" / "tokenizer.json"), pad_token="[PAD]")
    model = load_model(bundle)
    app = Flask(__name__)

    @app.get("/tweets")
    def tweets():
        encoded = tokenizer([request.args["text"]], truncation=True, max_length=128, return_tensors="tf")
        inputs = {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"]}
        probabilities = tf.nn.softmax(model.predict(inputs, verbose=0).logits, axis=-1).numpy()[0]
        label = EMOTION.labels[int(probabilities.argmax())]
        return jsonify(emoji=EMOTION_EMOJI[label], emotion=label, confidence=float(probabilities.max()))

    return app


if __name__ == "__main__":
    create_app(packaged_bundle()).run(port=int(sys.argv[1]))
