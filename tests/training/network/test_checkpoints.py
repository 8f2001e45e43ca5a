"""Checkpoints are read completely, and a BERT read as DistilBERT computes what BERT computes."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from emoji_api.errors import DataError
from emoji_api.training.network.checkpoints import array_name, build_encoder, fold_bert, load_checkpoint
from tests.training.bert import read_bert, write_bert

CHECKPOINTS = Path(os.environ.get("EMOJI_API_CHECKPOINTS", Path(__file__).parents[4] / "shared" / "checkpoints"))
FILES = ["config.json", "model.safetensors", "tokenizer.json"]


def hidden_states(encoder, vocabulary_size: int) -> np.ndarray:
    """Return the last hidden states of the tokens of three texts of different lengths, without padding."""
    input_ids = np.random.default_rng(0).integers(0, vocabulary_size, (3, 24)).astype(np.int32)
    mask = (np.arange(24) < np.array([[24], [9], [1]])).astype(np.int32)
    return encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state.numpy()[mask == 1]


def difference(bert, folder: Path) -> float:
    """Return the largest difference in hidden states between a BERT and its checkpoint read as DistilBERT."""
    checkpoint = load_checkpoint(str(folder))
    distilbert = build_encoder(checkpoint.config, checkpoint.weights)
    vocabulary_size = checkpoint.config.vocab_size
    return float(np.abs(hidden_states(bert, vocabulary_size) - hidden_states(distilbert, vocabulary_size)).max())


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


@pytest.fixture
def bert(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    write_bert(tmp_path / "bert", tiny_checkpoint / "tokenizer.json")
    return tmp_path / "bert"


def rewrite(folder: Path, change) -> str:
    """Apply `change` to the checkpoint's arrays, and return the name of its folder."""
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")
    return str(folder)


def configure(folder: Path, **values) -> str:
    """Set `values` in the checkpoint's config.json, and return the name of its folder."""
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    return str(folder)


def test_bert_read_as_distilbert_computes_the_same(tiny_checkpoint: Path, tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert", tiny_checkpoint / "tokenizer.json")
    assert difference(bert, tmp_path / "bert") < 1e-4


def test_minilm_read_as_distilbert_computes_the_same() -> None:
    folder = CHECKPOINTS / "all-MiniLM-L6-v2"
    if not folder.is_dir():
        pytest.skip("needs the encoder: set EMOJI_API_CHECKPOINTS to a folder with all-MiniLM-L6-v2/")
    assert difference(read_bert(folder), folder) < 1e-4


def test_prefix_of_a_fine_tuned_bert_is_removed(bert: Path) -> None:
    weights = load_file(bert / "model.safetensors")
    prefixed = fold_bert({f"bert.{name}": value for name, value in weights.items()})
    plain = fold_bert(weights)
    assert prefixed.keys() == plain.keys()
    assert all(np.array_equal(prefixed[name], plain[name]) for name in plain)


def test_all_arrays_of_a_distilbert_are_used(tiny_checkpoint: Path) -> None:
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    encoder = build_encoder(checkpoint.config, checkpoint.weights)
    assert {array_name(variable.name) for variable in encoder.weights} == checkpoint.weights.keys()


def test_prefix_of_a_fine_tuned_distilbert_is_removed(copy: Path, tiny_checkpoint: Path) -> None:
    def add_prefix(weights):
        for name in list(weights):
            weights[f"distilbert.{name}"] = weights.pop(name)

    expected = load_checkpoint(str(tiny_checkpoint)).weights
    assert load_checkpoint(rewrite(copy, add_prefix)).weights.keys() == expected.keys()


def test_encoder_without_weights_is_random(tiny_checkpoint: Path) -> None:
    checkpoint = load_checkpoint(str(tiny_checkpoint))
    words = build_encoder(checkpoint.config).get_weights()[0]
    assert words.std() > 0
    assert not np.allclose(words, checkpoint.weights["embeddings.word_embeddings.weight"])


def test_name_of_a_folder_has_no_path(tiny_checkpoint: Path) -> None:
    assert load_checkpoint(str(tiny_checkpoint)).name == "tiny"


@pytest.mark.parametrize("file", FILES)
def test_missing_file_is_reported(copy: Path, file: str) -> None:
    (copy / file).unlink()
    with pytest.raises(DataError, match=f"has no readable {file}"):
        load_checkpoint(str(copy))


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        load_checkpoint(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("model_type", ["roberta", None])
def test_wrong_architecture_is_reported(copy: Path, model_type: str | None) -> None:
    with pytest.raises(DataError, match="use a BERT or DistilBERT checkpoint"):
        load_checkpoint(configure(copy, model_type=model_type))


def test_truncated_weights_are_reported(copy: Path) -> None:
    content = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"model\.safetensors cannot be read"):
        load_checkpoint(str(copy))


def test_invalid_configuration_is_reported(copy: Path) -> None:
    (copy / "config.json").write_text("{")
    with pytest.raises(DataError, match=r"config\.json"):
        load_checkpoint(str(copy))


def test_wrong_shape_is_reported(copy: Path) -> None:
    checkpoint = load_checkpoint(configure(copy, vocab_size=7))
    with pytest.raises(DataError, match=r"word_embeddings.weight' has shape .* config.json says \(7, 32\)"):
        build_encoder(checkpoint.config, checkpoint.weights)


def test_missing_array_is_reported(copy: Path) -> None:
    name = "transformer.layer.1.ffn.lin2.bias"
    checkpoint = load_checkpoint(rewrite(copy, lambda weights: weights.pop(name)))
    with pytest.raises(DataError, match=name):
        build_encoder(checkpoint.config, checkpoint.weights)


def test_missing_array_of_bert_is_reported(bert: Path) -> None:
    name = "embeddings.token_type_embeddings.weight"
    with pytest.raises(DataError, match=name):
        load_checkpoint(rewrite(bert, lambda weights: weights.pop(name)))


def test_bert_with_relative_positions_is_reported(bert: Path) -> None:
    name = "encoder.layer.0.attention.self.distance_embedding.weight"
    with pytest.raises(DataError, match="distance_embedding"):
        load_checkpoint(rewrite(bert, lambda weights: weights.update({name: np.zeros((2, 2), np.float32)})))
