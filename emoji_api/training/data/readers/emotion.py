"""Reads the emotion set."""

import hashlib
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers.splits import Dataset, Split, file_record, read_text


def read_emotion(source: str | Path) -> Dataset:
    """Six emotions in English tweets (Saravia et al., 2018): a folder with train, val and test `.txt`, or a hub name.

    The folder is the owner's, or the unzipped Kaggle set "Emotions dataset for NLP": a line is `text;label`.
    """
    if not Path(source).is_dir():
        return _read_emotion_from_hub(str(source))
    splits, manifest = {}, {}
    for name, stem in (("train", "train"), ("validation", "val"), ("test", "test")):
        path = Path(source) / f"{stem}.txt"
        rows = [line.rsplit(";", 1) for line in read_text(path).split("\n") if line]
        if bad := next(
            (number for number, row in enumerate(rows, 1) if len(row) < 2 or row[1] not in EMOTION.labels), None
        ):
            raise DataError(f"{path}, line {bad}: no known label")
        splits[name] = Split(
            texts=[row[0] for row in rows],
            labels=[EMOTION.labels.index(row[1]) for row in rows],
        )
        manifest[f"emotion/{path.name}"] = file_record(path, len(rows))
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
