"""A tiny real network: a checkpoint of random weights, and a few sentences to fit it on."""

import json
import random
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = {
    "sadness": ["sad", "lonely", "crying", "hopeless"],
    "joy": ["happy", "proud", "glad", "cheerful"],
    "love": ["loving", "tender", "adore", "sweet"],
    "anger": ["angry", "furious", "hate", "annoyed"],
    "fear": ["afraid", "scared", "nervous", "terrified"],
    "surprise": ["amazed", "stunned", "shocked", "astonished"],
}
FILLERS = "i feel so am very really a bit today about this that my day with you and the".split()
DIM, HIDDEN, LAYERS, HEADS, POSITIONS = 32, 64, 2, 2, 64


def write_checkpoint(folder: Path) -> Path:
    """A two-layer DistilBERT of random weights with its tokenizer, in a checkpoint's files."""
    folder.mkdir(parents=True)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"[unused{number}]" for number in range(40)), "@", "user", "http"]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    tokens += [*letters, *("##" + letter for letter in letters), *".,!?#&'0123456789", *FILLERS]
    tokens += [word for words in WORDS.values() for word in words]
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "model_type": "distilbert",
        "vocab_size": len(vocabulary),
        "max_position_embeddings": POSITIONS,
        "n_layers": LAYERS,
        "n_heads": HEADS,
        "dim": DIM,
        "hidden_dim": HIDDEN,
        "activation": "gelu",
        "pad_token_id": 0,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(random_weights(len(vocabulary)), folder / "model.safetensors")
    return folder


def random_weights(vocabulary_size: int) -> dict[str, np.ndarray]:
    """Arrays by DistilBERT's names."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": normal(vocabulary_size, DIM),
        "embeddings.position_embeddings.weight": normal(POSITIONS, DIM),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        part = f"transformer.layer.{layer}."
        norms += [part + "sa_layer_norm", part + "output_layer_norm"]
        for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
            weights[f"{part}attention.{name}.weight"] = normal(DIM, DIM)
            weights[f"{part}attention.{name}.bias"] = normal(DIM)
        for name, shape in (("lin1", (HIDDEN, DIM)), ("lin2", (DIM, HIDDEN))):
            weights[f"{part}ffn.{name}.weight"] = normal(*shape)
            weights[f"{part}ffn.{name}.bias"] = normal(shape[0])
    for norm in norms:
        weights[f"{norm}.weight"], weights[f"{norm}.bias"] = np.ones(DIM, np.float32), np.zeros(DIM, np.float32)
    return weights


def write_emotion_data(folder: Path, rows: int = 600) -> Path:
    """Sentences whose emotion is the one feeling word in them, in the emotion set's format."""
    folder.mkdir(parents=True)
    rng = random.Random(0)
    for name, size in (("train", rows), ("val", 60), ("test", 60)):
        lines = []
        for number in range(size):
            label = list(WORDS)[number % len(WORDS)]
            words = rng.choices(FILLERS, k=rng.randint(3, 8))
            words.insert(rng.randrange(len(words)), rng.choice(WORDS[label]))
            lines.append(f"{' '.join(words)} {number};{label}\n")
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    return folder
