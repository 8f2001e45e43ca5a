"""Reader of the emotion data set."""

import hashlib
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers.files import file_record, read_text
from emoji_api.training.data.readers.splits import Dataset, Split


def read_emotion(source: str | Path) -> Dataset:
    """Return the emotion data set: English tweets with one of six emotions.

    The data set is by Saravia et al. (2018, https://aclanthology.org/D18-1404/).

    `source` is the name of a data set on the Hugging Face hub, or a folder with `train.txt`, `val.txt` and `test.txt`,
    the files of the authors or of Kaggle's "Emotions dataset for NLP": one `text;label` per line.

    Raise DataError if the source cannot be read or a line has no known label.
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
