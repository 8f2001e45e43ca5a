"""Reads tweets of financial news."""

import hashlib
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC
from emoji_api.training.data.readers.splits import Dataset, Split, file_record, read_table, text_key, without_leaks

# data set -> its task, and how its files begin
FINANCE = {"finance_topic": (FINANCE_TOPIC, "topic"), "finance_sentiment": (FINANCE_STANCE, "sent")}


def read_finance(folder: Path, name: str) -> Dataset:
    """One of the two sets "Twitter Financial News": a folder with `topic_train.csv`, or `sent_train.csv`, and so on.

    The owner gives no test split: his validation rows are `test` here, but for those whose text, links aside, is in
    train, and the tenth of the train rows by the hash of the text is `validation`.
    """
    task, stem = FINANCE[name]
    rows, manifest = {}, {}
    for part in ("train", "valid"):
        path = folder / f"{stem}_{part}.csv"
        table = read_table(path, ["text", "label"])
        ids = [str(label) for label in range(len(task.labels))]
        if bad := next((place for place, row in enumerate(table, 1) if row["label"] not in ids), None):
            raise DataError(f"{path}, row {bad}: no known label")
        rows[part] = Split(
            texts=[row["text"].strip() for row in table],
            labels=[int(row["label"]) for row in table],
            ids=[f"{name}/{part}:{place}" for place in range(1, len(table) + 1)],
        )
        manifest[f"{name}/{path.name}"] = file_record(path, len(table))
    test = without_leaks(rows["valid"], rows["train"])
    kept = set(test.ids)
    tenth = [int(hashlib.sha256(text_key(text).encode()).hexdigest(), 16) % 10 == 0 for text in rows["train"].texts]
    return Dataset(
        name=name,
        task=task,
        splits={
            "train": rows["train"].where(not held for held in tenth),
            "validation": rows["train"].where(tenth),
            "test": test,
        },
        manifest=manifest,
        left_out={"test": rows["valid"].where(row not in kept for row in rows["valid"].ids)},
    )
