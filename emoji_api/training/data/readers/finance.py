"""Reader of the two data sets of financial news."""

import hashlib
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC
from emoji_api.training.data.readers.files import file_record, read_table
from emoji_api.training.data.readers.splits import Dataset, Split, text_key, without_leaks

FINANCE = {"finance_topic": (FINANCE_TOPIC, "topic"), "finance_sentiment": (FINANCE_STANCE, "sent")}
"""Data set -> its task, and the prefix of its files."""


def read_finance(folder: Path, name: str) -> Dataset:
    """Return one of the two "Twitter Financial News" data sets, from `topic_train.csv` or `sent_train.csv` and so on.

    The published data have train and validation rows only. The published validation rows are the `test` split, without
    those whose text, links aside, is in train. The train rows whose text has a hash divisible by ten are `validation`.

    Raise DataError if a file is missing or invalid, or a label is unknown.
    """
    task, stem = FINANCE[name]
    rows, manifest = {}, {}
    for part in ("train", "valid"):
        path = folder / f"{stem}_{part}.csv"
        table = read_table(path, ["text", "label"])
        ids = [str(label) for label in range(len(task.labels))]
        if bad := next((number for number, row in enumerate(table, 1) if row["label"] not in ids), None):
            raise DataError(f"{path}, row {bad}: no known label")
        rows[part] = Split(
            texts=[row["text"].strip() for row in table],
            labels=[int(row["label"]) for row in table],
            ids=[f"{name}/{part}:{number}" for number in range(1, len(table) + 1)],
        )
        manifest[f"{name}/{path.name}"] = file_record(path, len(table))
    test = without_leaks(rows["valid"], rows["train"])
    test_ids = set(test.ids)
    in_validation = [
        int(hashlib.sha256(text_key(text).encode()).hexdigest(), 16) % 10 == 0 for text in rows["train"].texts
    ]
    return Dataset(
        name=name,
        task=task,
        splits={
            "train": rows["train"].where(not held_out for held_out in in_validation),
            "validation": rows["train"].where(in_validation),
            "test": test,
        },
        manifest=manifest,
        left_out={"test": rows["valid"].where(row not in test_ids for row in rows["valid"].ids)},
    )
