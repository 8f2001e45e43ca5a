"""A tiny encoder checkpoint with random weights, and small synthetic data sets in the formats of the public ones."""

import csv
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from emoji_api.tasks import EMOJIS, FINANCE_STANCE, FINANCE_TOPIC

if TYPE_CHECKING:
    from emoji_api.training.params import Params

WORDS = {
    "sadness": ["sad", "lonely", "crying", "hopeless"],
    "joy": ["happy", "proud", "glad", "cheerful"],
    "love": ["loving", "tender", "adore", "sweet"],
    "anger": ["angry", "furious", "hate", "annoyed"],
    "fear": ["afraid", "scared", "nervous", "terrified"],
    "surprise": ["amazed", "stunned", "shocked", "astonished"],
}
FEELINGS = [word for words in WORDS.values() for word in words]
FILLERS = "i feel so am very really a bit today about this that my day with you and the".split()
DATASETS = ("emotion", "tweeteval", "tweet_sentiment_extraction", "finance_topic", "finance_sentiment")
"""Folders of the data sets, the parameters that name them."""
DIM, HIDDEN, LAYERS, HEADS, POSITIONS = 32, 64, 2, 2, 64


def write_checkpoint(folder: Path) -> Path:
    """Write a checkpoint of a two-layer DistilBERT with random weights, and its tokenizer."""
    folder.mkdir(parents=True)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"[unused{number}]" for number in range(39))]
    tokens += ["@", "user", "http"]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    tokens += [*letters, *("##" + letter for letter in letters), *".,!?#&'0123456789", *FILLERS]
    tokens += FEELINGS
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
    """Return random weights by DistilBERT's names."""
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


# TweetEval task -> label -> the words of which each text has one
LABEL_WORDS = {
    "sentiment": {
        "negative": "angry furious hate sad",
        "neutral": "about with my that",
        "positive": "happy proud glad",
    },
    "hate": {"not-hate": "happy glad sweet", "hate": "hate angry"},
    "offensive": {"not-offensive": "happy proud", "offensive": "furious annoyed"},
    "emoji": dict(zip(EMOJIS.labels, FEELINGS, strict=False)),
    "irony": {"no": "glad", "yes": "sad"},
}


def write_public_data(folder: Path, rows: int = 600) -> Path:
    """Write every data set of a training; one word of each text determines its label."""
    write_emotion_data(folder / "emotion", rows)
    rng = random.Random(1)
    for subset, labels in LABEL_WORDS.items():
        write_tweeteval(folder / "tweeteval" / subset, list(labels.values()), rng)
    write_phrases(folder / "tweet_sentiment_extraction", rng)
    for name, stem, task in (("finance_topic", "topic", FINANCE_TOPIC), ("finance_sentiment", "sent", FINANCE_STANCE)):
        write_finance(folder / name, stem, len(task.labels), rng)
    return folder


def sentence(words: str, rng: random.Random) -> list[str]:
    """Return a few filler words with one of the `words` among them, and a random number that makes the text unique."""
    tokens = rng.choices(FILLERS, k=rng.randint(3, 8))
    tokens.insert(rng.randrange(len(tokens)), rng.choice(words.split()))
    return [*tokens, str(rng.randrange(10**6))]


def write_tweeteval(folder: Path, words: list[str], rng: random.Random) -> None:
    """Write a task of TweetEval with one label per item of `words`."""
    folder.mkdir(parents=True)
    for part, size in (("train", 200), ("val", 60), ("test", 60)):
        labels = [number % len(words) for number in range(size)]
        texts = [" ".join(sentence(words[label], rng)) for label in labels]
        (folder / f"{part}_text.txt").write_text("".join(f"{text} \n" for text in texts), encoding="utf-8")
        (folder / f"{part}_labels.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")


def write_phrases(folder: Path, rng: random.Random) -> None:
    """Write texts whose phrase is the word that determines the sentiment, or the whole text if it is neutral."""
    folder.mkdir(parents=True)
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["textID", "text", "selected_text", "sentiment"])
        for number in range(400):
            sentiment, words = list(LABEL_WORDS["sentiment"].items())[number % 3]
            tokens = sentence(words, rng)
            phrase = " ".join(tokens) if sentiment == "neutral" else next(word for word in tokens if word in words)
            writer.writerow([f"{number:010x}", " ".join(tokens), phrase, sentiment])


def write_finance(folder: Path, stem: str, labels: int, rng: random.Random) -> None:
    """Write texts of `labels` labels in the format of financial news."""
    folder.mkdir(parents=True)
    for part, size in (("train", 400), ("valid", 60)):
        with (folder / f"{stem}_{part}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            for number in range(size):
                writer.writerow([" ".join(sentence(FEELINGS[number % labels], rng)), number % labels])


def write_emotion_data(folder: Path, rows: int = 600) -> Path:
    """Write texts with one emotion word each, in the format of the emotion data set."""
    folder.mkdir(parents=True)
    rng = random.Random(0)
    for name, size in (("train", rows), ("val", 60), ("test", 60)):
        lines = []
        for number in range(size):
            label = list(WORDS)[number % len(WORDS)]
            lines.append(f"{' '.join(sentence(' '.join(WORDS[label]), rng))};{label}\n")
        (folder / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def training_params(checkpoint: Path, data: Path) -> "Params":
    """Return parameters of a training that takes seconds, with the encoder `checkpoint` and the data sets in `data`."""
    from emoji_api.training.params import CalibrationParams, DataParams, FitParams, Params, TweetParams

    places = {name: str(data / name) for name in DATASETS}
    return Params(
        encoder=str(checkpoint),
        data=DataParams(**places),
        max_length=32,
        fit=FitParams(
            epochs=8,
            patience=8,
            batch_size=20,
            learning_rate=3e-3,
            lengths=[32],
            augmented=0.2,
            bfloat16=False,
            class_weight_power=0.2,
            label_smoothing=0.0,
        ),
        tweets=TweetParams(
            rows={"tweeteval/sentiment": 60, "tweeteval/hate": 60, "tweeteval/offensive": 60, "tweeteval/emoji": 120}
            | {"tweet_sentiment_extraction": 150, "finance_topic": 120, "finance_sentiment": 60},
            class_priors={"tweeteval/sentiment": {"negative": {"anger": 0.6, "sadness": 0.4}, "neutral": {}}},
            out_of_domain_weight=0.1,
            pseudo_label_weight=0.5,
            cue_strength=2.0,
            neutral_uniform_share=1.0,
            annotated_weight=0.0,
        ),
        calibration=CalibrationParams(macro_f1_tasks=["emojis"], annotated_weight=0.0, no_emotion_weight=0.0),
    )
