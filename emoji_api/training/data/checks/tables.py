"""A data set as tables: a row a text with what is wrong with it, and a row a label of each split."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from emoji_api.training.data.checks.reference import Reference
from emoji_api.training.data.readers import Dataset, Split, text_key

SPLITS = ("train", "validation", "test")
COLUMNS = "id split text label taught left_out repeats contradicts leaks characters start end".split()


def texts_table(dataset: Dataset) -> pd.DataFrame:
    """A row a text, also of those that the reader left out, whose cells but for `left_out`, the reason, are empty.

    `taught` is the label where the row is of the train split.
    `repeats`, `contradicts` and `leaks` name an earlier row with the same text (links, case and white space aside): of
    the same split, of another label, of an earlier split. `start` and `end` are of the span, where there are any.
    """
    rows = []
    for name in in_order(dataset):
        split = dataset.splits[name]
        for row, mark in zip(_rows(dataset, name, split), _spans(split), strict=True):
            rows.append(row | mark | {"taught": row["label"] if name == "train" else None})
    mark_copies(rows)
    for name, split in dataset.left_out.items():
        for row in _rows(dataset, name, split):
            reason = f"the text is in train: {row['text']}" if row["text"].strip() else "the text is blank"
            rows.append({"id": row["id"], "split": name, "label": row["label"], "left_out": reason})
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("characters", "start", "end"), float))


def labels_table(dataset: Dataset, reference: Reference) -> pd.DataFrame:
    """A row a label of each split that `reference` knows: its rows, its share, and how much more that is than there."""
    rows = []
    for name, known in reference.splits.items():
        labels = dataset.splits[name].labels if name in dataset.splits else []
        for number, label in enumerate(dataset.task.labels):
            share = labels.count(number) / max(len(labels), 1)
            expected = known.labels.get(label, 0) / max(known.rows, 1)
            row = {"id": f"{dataset.name}/{name}: {label}", "split": name, "label": label, "rows": labels.count(number)}
            rows.append(row | {"share": round(share, 4), "known_share": round(expected, 4), "drift": share - expected})
    return pd.DataFrame(rows)


def in_order(dataset: Dataset) -> list[str]:
    """The names of the splits, those that are known first: a text of train leaks into the others, not from them."""
    return sorted(dataset.splits, key=lambda name: SPLITS.index(name) if name in SPLITS else len(SPLITS))


def mark_copies(rows: list[dict[str, Any]]) -> None:
    """Write into each row which earlier one it repeats, contradicts and leaks from."""
    first: dict[str, dict[str, Any]] = {}
    in_split: dict[tuple[str, str], str] = {}
    of_label: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        text = text_key(row["text"])
        if not text:  # texts without words are the same by accident
            continue
        earliest = first.setdefault(text, row)
        same = in_split.setdefault((text, row["split"]), row["id"])
        labels = of_label.setdefault(text, {})
        labels.setdefault(row["label"], row)
        row["repeats"] = same if same != row["id"] else None
        row["leaks"] = _named(earliest) if earliest["split"] != row["split"] else None
        # the first row of a text contradicts nothing, whatever comes after it
        other = next((other for label, other in labels.items() if label != row["label"]), None)
        row["contradicts"] = _named(other) if other else None


def _named(row: dict[str, Any]) -> str:
    return f"{row['id']} ({row['label']})"


def _rows(dataset: Dataset, name: str, split: Split) -> Iterator[dict[str, Any]]:
    labels = dataset.task.labels
    for place, (text, label) in enumerate(zip(split.texts, split.labels, strict=True)):
        yield {
            "id": split.ids[place] if split.ids else f"{dataset.name}/{name}:{place + 1}",
            "split": name,
            "text": well_formed(text),
            "label": labels[label] if 0 <= label < len(labels) else str(label),
            "characters": len(text),
        }


def _spans(split: Split) -> Iterator[dict[str, int]]:
    for place in range(len(split)):
        yield dict(zip(("start", "end"), split.spans[place], strict=True)) if split.spans else {}


def well_formed(text: str) -> str:
    """The text with halves of surrogate pairs joined, and U+FFFD for those that are alone, which no file can hold."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
