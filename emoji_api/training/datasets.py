"""Readers of the public data sets: files or a hub's tables in, labelled texts out."""

import csv
import hashlib
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, OFFENSIVE, SENTIMENT, Task

ANNOTATIONS = Path(__file__).with_name("annotations.tsv")


@dataclass(frozen=True, kw_only=True)
class Split:
    """Texts and their label ids, in the file's order. `ids` names each row in its source."""

    texts: list[str]
    labels: list[int]
    ids: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, keep: Iterable[bool]) -> "Split":
        """The rows for which `keep` is true."""
        rows = [row for row, kept in enumerate(keep) if kept]
        return Split(
            texts=[self.texts[row] for row in rows],
            labels=[self.labels[row] for row in rows],
            ids=[self.ids[row] for row in rows] if self.ids else [],
        )

    def sample(self, rows: int, seed: int) -> "Split":
        """`rows` of them at random, in the file's order; all where there are no more."""
        chosen = set(random.Random(seed).sample(range(len(self)), min(rows, len(self))))
        return self.where(row in chosen for row in range(len(self)))


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A task's splits, and the sha256 and rows of each file that they were read from."""

    name: str
    task: Task
    splits: dict[str, Split]
    manifest: dict[str, dict[str, str | int]]


def read_emotion(source: str | Path) -> Dataset:
    """Six emotions in English tweets (Saravia et al., 2018): a folder with train, val and test `.txt`, or a hub name.

    The folder is the owner's, or the unzipped Kaggle set "Emotions dataset for NLP": a line is `text;label`.
    """
    if not Path(source).is_dir():
        return _read_emotion_from_hub(str(source))
    splits, manifest = {}, {}
    for name, stem in (("train", "train"), ("validation", "val"), ("test", "test")):
        path = _existing(Path(source) / f"{stem}.txt")
        rows = [line.rsplit(";", 1) for line in path.read_text(encoding="utf-8").split("\n") if line]
        if bad := next(
            (number for number, row in enumerate(rows, 1) if len(row) < 2 or row[1] not in EMOTION.labels), None
        ):
            raise DataError(f"{path}, line {bad}: no known label")
        splits[name] = Split(
            texts=[row[0] for row in rows],
            labels=[EMOTION.labels.index(row[1]) for row in rows],
        )
        manifest[f"emotion/{path.name}"] = _entry(path, len(rows))
    return Dataset(name="emotion", task=EMOTION, splits=splits, manifest=manifest)


def _read_emotion_from_hub(name: str) -> Dataset:
    from datasets import load_dataset

    try:
        tables = load_dataset(name, "split")
    except Exception as error:  # the hub's client raises errors of many libraries
        raise DataError(f"emotion data: {name!r} is neither a folder nor readable from the hub: {error}") from error
    splits: dict[str, Split] = {}
    manifest: dict[str, dict[str, str | int]] = {}
    for split, table in tables.items():
        splits[split] = Split(texts=list(table["text"]), labels=list(table["label"]))
        content = "\n".join(f"{text};{label}" for text, label in zip(table["text"], table["label"], strict=True))
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        manifest[f"{name}/{split}"] = {"sha256": sha256, "rows": len(table)}
    return Dataset(name="emotion", task=EMOTION, splits=splits, manifest=manifest)


def read_tweeteval(folder: Path, subset: str) -> Dataset:
    """One task of TweetEval (Barbieri et al., 2020): a text a line, and its label id in the line of another file."""
    task = {"sentiment": SENTIMENT, "offensive": OFFENSIVE}[subset]
    ids = [str(label) for label in range(len(task.labels))]
    splits, manifest = {}, {}
    for name, stem in (("train", "train"), ("validation", "val"), ("test", "test")):
        paths = [_existing(folder / subset / f"{stem}_{kind}.txt") for kind in ("text", "labels")]
        # split on LF only: the texts hold other line separators
        lines = [path.read_text(encoding="utf-8").removesuffix("\n").split("\n") for path in paths]
        if len(lines[0]) != len(lines[1]):
            raise DataError(f"{paths[0]} has {len(lines[0])} lines, {paths[1]} has {len(lines[1])}")
        if bad := next((number for number, label in enumerate(lines[1], 1) if label.strip() not in ids), None):
            raise DataError(f"{paths[1]}, line {bad}: no known label")
        splits[name] = Split(
            texts=[unescape(text.strip()) for text in lines[0]],
            labels=[int(label) for label in lines[1]],
            ids=[f"tweeteval/{subset}/{stem}:{number}" for number in range(1, len(lines[0]) + 1)],
        )
        for path in paths:
            manifest[f"tweeteval/{subset}/{path.name}"] = _entry(path, len(lines[0]))
    return Dataset(name=f"tweeteval/{subset}", task=task, splits=splits, manifest=manifest)


def read_phrases(folder: Path) -> Dataset:
    """The sentiment of the tweets of Kaggle's "Tweet Sentiment Extraction" (2020).

    Two tenths of `train.csv`, by the hash of the tweet's id, are kept out of the train split: tenth 0 as `test`
    and tenth 1 as `validation`, since the competition's own test labels have no phrases.
    """
    path = _existing(folder / "train.csv")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if missing := {"textID", "text", "sentiment"} - set(reader.fieldnames or []):
            raise DataError(f"{path} has no column {', '.join(sorted(missing))}")
        rows = [row for row in reader if row["text"].strip()]
    if bad := next((row["textID"] for row in rows if row["sentiment"] not in SENTIMENT.labels), None):
        raise DataError(f"{path}, tweet {bad}: no known sentiment")
    tenths = [int(hashlib.sha256(row["textID"].encode()).hexdigest(), 16) % 10 for row in rows]
    everything = Split(
        texts=[row["text"].strip() for row in rows],
        labels=[SENTIMENT.labels.index(row["sentiment"]) for row in rows],
        ids=[f"tweet_sentiment_extraction/train:{row['textID']}" for row in rows],
    )
    return Dataset(
        name="tweet_sentiment_extraction",
        task=SENTIMENT,
        splits={
            "train": everything.where(tenth > 1 for tenth in tenths),
            "validation": everything.where(tenth == 1 for tenth in tenths),
            "test": everything.where(tenth == 0 for tenth in tenths),
        },
        manifest={"tweet_sentiment_extraction/train.csv": _entry(path, len(rows))},
    )


def read_annotated(tweeteval: Path, phrases: Path) -> Split:
    """Real tweets whose emotion was labelled by reading them, from parts of the data that no network is trained on.

    `annotations.tsv` names each tweet by its place in the public data and gives an emotion, `none` (nothing to feel)
    or `unclear` (readers would differ). The last two are left out.
    """
    texts: dict[str, str] = {}
    for subset in ("sentiment", "offensive", "irony"):
        lines = _existing(tweeteval / subset / "val_text.txt").read_text(encoding="utf-8").split("\n")
        texts |= {f"tweeteval/{subset}/val:{number}": unescape(line.strip()) for number, line in enumerate(lines, 1)}
    held = read_phrases(phrases).splits["validation"]
    texts |= dict(zip(held.ids, held.texts, strict=True))
    with ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["label"] in EMOTION.labels]
    if missing := [row["tweet"] for row in rows if row["tweet"] not in texts]:
        raise DataError(f"{len(missing)} annotated tweets are not in the data, among them {missing[0]}")
    return Split(
        texts=[texts[row["tweet"]] for row in rows],
        labels=[EMOTION.labels.index(row["label"]) for row in rows],
        ids=[row["tweet"] for row in rows],
    )


def unescape(text: str) -> str:
    r"""Undo the literal escapes of TweetEval's sentiment texts: `it\u2019s`, `a\u002c b`, `\"quoted\"`."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return text.replace('\\"', '"').replace('""', '"')


def clean_train(train: Split, others: Sequence[Split]) -> Split:
    """A train split without texts of two labels, without repetitions, and without any text of the other splits."""
    labels: dict[str, set[int]] = {}
    for text, label in zip(train.texts, train.labels, strict=True):
        labels.setdefault(key(text), set()).add(label)
    held_out = {key(text) for split in others for text in split.texts}
    seen: set[str] = set()
    keep = []
    for text in map(key, train.texts):
        keep.append(len(labels[text]) == 1 and text not in held_out and text not in seen and bool(text))
        seen.add(text)
    return train.where(keep)


def key(text: str) -> str:
    """What makes two texts the same: case, white space and links aside."""
    return " ".join(re.sub(r"https?://\S+", "", text).lower().split())


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return path


def _entry(path: Path, rows: int) -> dict[str, str | int]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": rows}
