"""Pretrained encoders: a hub name or a folder, BERT or DistilBERT, read as a DistilBERT."""

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

# BERT's name of a layer's part -> DistilBERT's
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
    """A pretrained encoder: its configuration, its arrays by DistilBERT's names, its tokenizer file."""

    name: str
    config: DistilBertConfig
    weights: dict[str, np.ndarray]
    tokenizer_file: Path


def load_checkpoint(name_or_folder: str) -> Checkpoint:
    """Read the encoder `name_or_folder`, a folder or a name on the Hugging Face hub.

    Raises DataError where a file is missing, unreadable, or the architecture is neither BERT nor DistilBERT.
    """
    files = {file: _find(name_or_folder, file) for file in ("config.json", "model.safetensors", "tokenizer.json")}
    try:
        config = json.loads(files["config.json"].read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"checkpoint {name_or_folder!r}: config.json cannot be read: {error}") from error
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
            raise DataError(f"checkpoint {name_or_folder!r} is not a plain BERT: {error}") from error
    else:
        raise DataError(f"checkpoint {name_or_folder!r} is a {config.get('model_type')!r}, not a BERT or a DistilBERT")
    return Checkpoint(
        name=Path(name_or_folder).name if Path(name_or_folder).exists() else name_or_folder,
        config=distilbert,
        weights=weights,
        tokenizer_file=files["tokenizer.json"],
    )


def _find(name_or_folder: str, file: str) -> Path:
    try:
        found = cached_file(name_or_folder, file)
    except (OSError, ValueError) as error:  # a ValueError for what can be no name on the hub
        raise DataError(f"checkpoint {name_or_folder!r} has no readable {file}: {error}") from error
    if found is None:  # of a folder that lacks its configuration
        raise DataError(f"checkpoint {name_or_folder!r} has no readable {file}")
    return Path(found)


def distilbert_config(bert: dict[str, Any]) -> DistilBertConfig:
    """The DistilBERT configuration of the same sizes as a BERT's `config.json`."""
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
    """Name BERT's arrays as DistilBERT does.

    A BERT whose second token type is unused is a DistilBERT once row 0 of `token_type_embeddings` is added to every
    row of `position_embeddings`. The pooler is left out: DistilBERT has none.
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
    """A TFDistilBertModel with `weights` by DistilBERT's names, or with random ones.

    Raises DataError where an array is missing or has another shape.
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
        # TensorFlow's dense kernels are PyTorch's, transposed
        value = weights[name].T if variable.name.endswith("kernel:0") else weights[name]
        if value.shape != tuple(variable.shape):
            raise DataError(f"the checkpoint's {name!r} has shape {value.shape}, the network's {variable.shape}")
        variable.assign(value.astype(np.float32))
    return encoder


def gelu(values: tf.Tensor) -> tf.Tensor:
    """GELU by the error function; TensorFlow's own is by its complement, which takes several times as long."""
    return 0.5 * values * (1.0 + tf.math.erf(values / np.sqrt(2.0).astype(np.float32)))


def array_name(variable: str) -> str:
    """DistilBERT's checkpoint name of a TensorFlow variable of `TFDistilBertModel`, or of a head beside one."""
    name = re.sub(r"^.*?distilbert/(?=embeddings|transformer)", "", variable).removesuffix(":0")
    name = name.replace("layer_._", "layer/").replace("position_embeddings/embeddings", "position_embeddings/weight")
    name = re.sub(r"/(kernel|gamma)$", "/weight", name)
    return re.sub(r"/beta$", "/bias", name).replace("/", ".")
