"""Tables of texts with their duplicates, and tables of labels."""

import pandas as pd
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.data.checks.reference import Reference, SplitReference
from emoji_api.training.data.checks.tables import COLUMNS, labels_table, texts_table, well_formed
from emoji_api.training.data.readers import Dataset, Split

SADNESS, JOY, LOVE = range(3)


def table(left_out: dict[str, Split] | None = None, **splits: Split) -> pd.DataFrame:
    return texts_table(
        Dataset(name="emotion", task=EMOTION, splits=splits, manifest={}, left_out=left_out or {})
    ).set_index("id", drop=False)


def marks(column: str, **splits: Split) -> dict[str, str]:
    """Return the cells of a column that are not empty, by row id."""
    return dict(table(**splits)[column].dropna())


def test_texts_table_has_a_row_per_text() -> None:
    rows = table(train=Split(texts=["so glad"], labels=[JOY]), test=Split(texts=["sad"], labels=[SADNESS], ids=["7"]))
    assert list(rows.columns) == COLUMNS
    assert rows[["split", "text", "label", "characters"]].values.tolist() == [
        ["train", "so glad", "joy", 7],
        ["test", "sad", "sadness", 3],
    ]
    assert list(rows.index) == ["emotion/train:1", "7"]
    assert rows["train_label"].dropna().tolist() == ["joy"]


def test_unknown_label_is_shown_as_its_number() -> None:
    assert list(table(train=Split(texts=["odd"], labels=[9]))["label"]) == ["9"]


def test_repeated_text_names_the_first_row_of_its_split() -> None:
    train = Split(texts=["so glad", "sad", "So  GLAD https://t.co/a", "so glad"], labels=[JOY, SADNESS, JOY, JOY])
    assert marks("repeats", train=train) == {
        "emotion/train:3": "emotion/train:1",
        "emotion/train:4": "emotion/train:1",
    }
    assert marks("contradicts", train=train) == marks("leaks", train=train) == {}


def test_contradiction_names_an_earlier_row_with_another_label() -> None:
    train = Split(texts=["odd", "odd", "odd"], labels=[JOY, LOVE, JOY])
    assert marks("contradicts", train=train) == {
        "emotion/train:2": "emotion/train:1 (joy)",
        "emotion/train:3": "emotion/train:2 (love)",
    }


def test_leak_names_the_row_of_the_earlier_split_in_any_order() -> None:
    splits = {"test": Split(texts=["sad", "odd"], labels=[LOVE, JOY]), "train": Split(texts=["sad"], labels=[SADNESS])}
    assert marks("leaks", **splits) == {"emotion/test:1": "emotion/train:1 (sadness)"}
    assert marks("contradicts", **splits) == {"emotion/test:1": "emotion/train:1 (sadness)"}
    assert marks("repeats", **splits) == {}


@pytest.mark.parametrize("text", ["", " ", "https://t.co/a"])
def test_texts_without_words_are_not_duplicates(text: str) -> None:
    assert marks("repeats", train=Split(texts=[text, text], labels=[JOY, JOY])) == {}


def test_row_left_out_has_only_its_reason() -> None:
    left_out = {"test": Split(texts=[" ", "sad"], labels=[JOY, SADNESS], ids=["1", "2"])}
    rows = table(left_out=left_out, train=Split(texts=["sad"], labels=[SADNESS]))
    assert dict(rows["left_out"].dropna()) == {"1": "the text is blank", "2": "the text is in train: sad"}
    assert rows.loc[["1", "2"], ["text", "train_label", "repeats", "leaks", "characters"]].isna().all(axis=None)


def test_spans_are_columns() -> None:
    rows = table(train=Split(texts=["so glad"], labels=[JOY], spans=[(3, 7)]))
    assert rows[["start", "end"]].values.tolist() == [[3, 7]]


def test_labels_table_has_rows_shares_and_their_difference_from_the_reference() -> None:
    dataset = Dataset(
        name="emotion",
        task=EMOTION,
        splits={"train": Split(texts=list("abcd"), labels=[JOY] * 3 + [LOVE])},
        manifest={},
    )
    known = {"train": SplitReference(labels={"joy": 50, "love": 50}), "test": SplitReference(labels={"joy": 1})}
    rows = labels_table(dataset, Reference(first={}, splits=known)).set_index("id")
    joy = rows.loc["emotion/train: joy"]
    assert (joy["rows"], joy["share"], joy["known_share"], joy["drift"]) == (3, 0.75, 0.5, 0.25)
    assert rows.loc["emotion/test: joy", ["rows", "share", "drift"]].tolist() == [0, 0, -1]
    assert len(rows) == 12


@pytest.mark.parametrize(
    ("text", "written"), [("ok", "ok"), ("é😀", "é😀"), ("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd")]
)
def test_lone_surrogates_are_replaced(text: str, written: str) -> None:
    assert well_formed(text) == written
