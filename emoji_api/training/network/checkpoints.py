"""Pretrained encoders: BERT or DistilBERT checkpoints from a folder or the Hugging Face hub, read as DistilBERT."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from safetensors import SafetensorError
from safetensors.numpy import load_file
from transformers import DistilBertConfig, TFDistilBertModel
from transformers.utils import cached_file

from emoji_api.errors import DataError

# names of the parts of a layer: BERT's -> DistilBERT's
BERT_PARTS = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A pretrained encoder: configuration, weights by DistilBERT's array names, and tokenizer file."""

    name: str
    config: DistilBertConfig
    weights: dict[str, np.ndarray]
    tokenizer_file: Path


def load_checkpoint(name_or_folder: str) -> Checkpoint:
    """Return the encoder in a local folder, or of a name on the Hugging Face hub.

    Raises DataError if a file is missing or unreadable, or if the architecture is neither BERT nor DistilBERT.
    """
    files = {file: _find_file(name_or_folder, file) for file in ("config.json", "model.safetensors", "tokenizer.json")}
    try:
        config = json.loads(files["config.json"].read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"checkpoint {name_or_folder!r}: config.json is not valid JSON: {error}") from error
    try:
        weights = load_file(files["model.safetensors"])
    except SafetensorError as error:
        raise DataError(f"checkpoint {name_or_folder!r}: model.safetensors cannot be read: {error}") from error
    if config.get("model_type") == "distilbert":
        distilbert = DistilBertConfig.from_dict(config)
        weights = {re.sub(r"^distilbert\.", "", key): value for key, value in weights.items()}
    elif config.get("model_type") == "bert":
        try:
            distilbert, weights = distilbert_config(config), fold_bert(weights)
        except KeyError as error:
            raise DataError(
                f"checkpoint {name_or_folder!r} is not a plain BERT, {error} is missing or unknown: "
                "use a BERT or DistilBERT checkpoint"
            ) from error
    else:
        raise DataError(
            f"checkpoint {name_or_folder!r} has the architecture {config.get('model_type')!r}: "
            "use a BERT or DistilBERT checkpoint"
        )
    return Checkpoint(
        name=Path(name_or_folder).name if Path(name_or_folder).exists() else name_or_folder,
        config=distilbert,
        weights=weights,
        tokenizer_file=files["tokenizer.json"],
    )


def _find_file(name_or_folder: str, file: str) -> Path:
    """Return the path of a checkpoint's file, downloaded if need be. Raises DataError if there is none."""
    try:
        path = cached_file(name_or_folder, file)
    except (OSError, ValueError) as error:  # ValueError: neither a folder nor a valid hub name
        raise DataError(f"checkpoint {name_or_folder!r} has no readable {file}: {error}") from error
    if path is None:  # a folder without config.json
        raise DataError(f"checkpoint {name_or_folder!r} has no readable {file}")
    return Path(path)


def distilbert_config(bert: dict[str, Any]) -> DistilBertConfig:
    """Return the DistilBERT configuration that corresponds to a BERT's `config.json`."""
    return DistilBertConfig(
        vocab_size=bert["vocab_size"],
        max_position_embeddings=bert["max_position_embeddings"],
        n_layers=bert["num_hidden_layers"],
        n_heads=bert["num_attention_heads"],
        dim=bert["hidden_size"],
        hidden_dim=bert["intermediate_size"],
        dropout=bert["hidden_dropout_prob"],
        attention_dropout=bert["attention_probs_dropout_prob"],
        activation=bert["hidden_act"],
        pad_token_id=bert.get("pad_token_id", 0),
    )


def fold_bert(bert: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return BERT's arrays under DistilBERT's names.

    A BERT that is used with one token type only equals a DistilBERT whose position embeddings have row 0 of
    `token_type_embeddings` added. The pooler is dropped: DistilBERT has none. Raises KeyError for an array that
    DistilBERT has no place for, or that is missing.
    """
    bert = {re.sub(r"^bert\.", "", key): value for key, value in bert.items()}
    folded = {
        "embeddings.word_embeddings.weight": bert["embeddings.word_embeddings.weight"],
        "embeddings.position_embeddings.weight": bert["embeddings.position_embeddings.weight"]
        + bert["embeddings.token_type_embeddings.weight"][0],
        "embeddings.LayerNorm.weight": bert["embeddings.LayerNorm.weight"],
        "embeddings.LayerNorm.bias": bert["embeddings.LayerNorm.bias"],
    }
    for key, value in bert.items():
        if match := re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)\.(weight|bias)", key):
            layer, part, kind = match.groups()
            folded[f"transformer.layer.{layer}.{BERT_PARTS[part]}.{kind}"] = value
    return folded


def build_encoder(config: DistilBertConfig, weights: dict[str, np.ndarray] | None = None) -> TFDistilBertModel:
    """Return a TFDistilBertModel with `weights` by DistilBERT's array names, or with random weights.

    Raises DataError if an array is missing or has the wrong shape.
    """
    encoder = TFDistilBertModel(config, name="distilbert")
    if config.activation == "gelu":
        for layer in encoder.distilbert.transformer.layer:
            layer.ffn.activation = gelu
    encoder.build_in_name_scope()
    if weights is None:
        return encoder
    for variable in encoder.weights:
        name = array_name(variable.name)
        if name not in weights:
            raise DataError(f"the checkpoint has no array {name!r}")
        # PyTorch's kernels are (out, in), TensorFlow's (in, out)
        value = weights[name].T if variable.name.endswith("kernel:0") else weights[name]
        if value.shape != tuple(variable.shape):
            raise DataError(
                f"the checkpoint's array {name!r} has shape {value.shape}, config.json says {variable.shape}"
            )
        variable.assign(value.astype(np.float32))
    return encoder


def gelu(values: tf.Tensor) -> tf.Tensor:
    """Return exact GELU by `erf`; TensorFlow lowers its own to `erfc`, which takes several times as long."""
    return 0.5 * values * (1.0 + tf.math.erf(values / np.sqrt(2.0).astype(np.float32)))


def array_name(variable: str) -> str:
    """Return DistilBERT's array name of a variable of `TFDistilBertModel`, or the name of a head's array."""
    name = re.sub(r"^.*?distilbert/(?=embeddings|transformer)", "", variable).removesuffix(":0")
    name = name.replace("layer_._", "layer/").replace("position_embeddings/embeddings", "position_embeddings/weight")
    name = re.sub(r"/(kernel|gamma)$", "/weight", name)
    return re.sub(r"/beta$", "/bias", name).replace("/", ".")
