"""BERT in transformers' own implementation, written and read as a checkpoint."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from transformers import BertConfig, TFBertModel


def write_bert(folder: Path, tokenizer_file: Path) -> TFBertModel:
    """Write a two-layer BERT of random weights to `folder` as a checkpoint, and return it."""
    folder.mkdir(parents=True)
    config = BertConfig(
        vocab_size=160,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    bert = TFBertModel(config)
    bert.build_in_name_scope()
    rng = np.random.default_rng(0)
    bert.set_weights([rng.normal(0, 0.3, weights.shape) for weights in bert.get_weights()])
    save_file({name: value.copy() for name, value in arrays(bert).items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")
    shutil.copy(tokenizer_file, folder / "tokenizer.json")
    return bert


def read_bert(folder: Path) -> TFBertModel:
    """Return the BERT of a checkpoint's folder; transformers needs PyTorch to read one into TensorFlow."""
    bert = TFBertModel(BertConfig.from_pretrained(folder), add_pooling_layer=False)
    bert.build_in_name_scope()
    stored = load_file(folder / "model.safetensors")
    for variable in bert.weights:
        value = stored[array_name(variable.name)]
        variable.assign(value.T if variable.name.endswith("kernel:0") else value)
    return bert


def arrays(bert: TFBertModel) -> dict[str, np.ndarray]:
    """Return a BERT's weights with the names and the kernel orientation of a checkpoint."""
    values = zip(bert.weights, bert.get_weights(), strict=True)
    return {array_name(v.name): value.T if v.name.endswith("kernel:0") else value for v, value in values}


def array_name(variable: str) -> str:
    """Return BERT's checkpoint name of a TensorFlow variable."""
    name = re.sub(r"^.*?bert/(?=embeddings|encoder|pooler)", "", variable).removesuffix(":0")
    name = name.replace("layer_._", "layer/").replace("_embeddings/embeddings", "_embeddings/weight")
    name = re.sub(r"/(kernel|gamma)$", "/weight", name)
    return re.sub(r"/beta$", "/bias", name).replace("/", ".")
