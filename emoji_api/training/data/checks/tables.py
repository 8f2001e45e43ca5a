"""Tables that the suites check: one row per text with its duplicates, and one row per label of each split."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from emoji_api.training.data.checks.reference import Reference
from emoji_api.training.data.readers import Dataset, Split, text_key

SPLITS = ("train", "validation", "test")
COLUMNS = "id split text label train_label left_out repeats contradicts leaks characters start end".split()


def texts_table(dataset: Dataset) -> pd.DataFrame:
    """Return one row per text, with the columns `COLUMNS`.

    `train_label` is the label of rows of the train split, empty for others. `repeats`, `contradicts` and `leaks` name
    an earlier row with the same `text_key`: in the same split, with another label, in an earlier split. `characters` is
    the length of the text; `start` and `end` are the span. Rows that the reader left out have the reason in `left_out`
    and no text.
    """
    rows = []
    for name in ordered_splits(dataset):
        split = dataset.splits[name]
        for row, span in zip(_rows(dataset, name, split), _spans(split), strict=True):
            rows.append(row | span | {"train_label": row["label"] if name == "train" else None})
    mark_duplicates(rows)
    for name, split in dataset.left_out.items():
        for row in _rows(dataset, name, split):
            reason = f"the text is in train: {row['text']}" if row["text"].strip() else "the text is blank"
            rows.append({"id": row["id"], "split": name, "label": row["label"], "left_out": reason})
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("characters", "start", "end"), float))


def labels_table(dataset: Dataset, reference: Reference) -> pd.DataFrame:
    """Return one row per label of each split in `reference`.

    `rows` and `share` are the label's rows and share in `dataset`, `known_share` is the share in `reference`, and
    `drift` is the difference.
    """
    rows = []
    for name, known in reference.splits.items():
        labels = dataset.splits[name].labels if name in dataset.splits else []
        for number, label in enumerate(dataset.task.labels):
            share = labels.count(number) / max(len(labels), 1)
            expected = known.labels.get(label, 0) / max(known.rows, 1)
            row = {"id": f"{dataset.name}/{name}: {label}", "split": name, "label": label, "rows": labels.count(number)}
            rows.append(row | {"share": round(share, 4), "known_share": round(expected, 4), "drift": share - expected})
    return pd.DataFrame(rows)


def ordered_splits(dataset: Dataset) -> list[str]:
    """Return the names of the splits in the order train, validation, test, then others."""
    return sorted(dataset.splits, key=lambda name: SPLITS.index(name) if name in SPLITS else len(SPLITS))


def mark_duplicates(rows: list[dict[str, Any]]) -> None:
    """Set `repeats`, `contradicts` and `leaks` in each row, in place."""
    first_row: dict[str, dict[str, Any]] = {}
    first_in_split: dict[tuple[str, str], str] = {}
    first_by_label: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        key = text_key(row["text"])
        if not key:  # texts without words are not duplicates
            continue
        earliest = first_row.setdefault(key, row)
        same_split = first_in_split.setdefault((key, row["split"]), row["id"])
        by_label = first_by_label.setdefault(key, {})
        by_label.setdefault(row["label"], row)
        row["repeats"] = same_split if same_split != row["id"] else None
        row["leaks"] = _id_and_label(earliest) if earliest["split"] != row["split"] else None
        # the first row of a text contradicts no earlier one
        other = next((other for label, other in by_label.items() if label != row["label"]), None)
        row["contradicts"] = _id_and_label(other) if other else None


def _id_and_label(row: dict[str, Any]) -> str:
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
    """Return `text` with surrogate pairs joined and lone surrogates, which UTF-8 cannot encode, replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
