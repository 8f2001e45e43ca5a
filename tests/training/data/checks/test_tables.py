"""Tables have a row a text, each with the earlier rows that it is a copy of."""

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
    """What a column says of the rows that it says anything of."""
    return dict(table(**splits)[column].dropna())


def test_a_row_a_text() -> None:
    found = table(train=Split(texts=["so glad"], labels=[JOY]), test=Split(texts=["sad"], labels=[SADNESS], ids=["7"]))
    assert list(found.columns) == COLUMNS
    assert found[["split", "text", "label", "characters"]].values.tolist() == [
        ["train", "so glad", "joy", 7],
        ["test", "sad", "sadness", 3],
    ]
    assert list(found.index) == ["emotion/train:1", "7"]
    assert found["taught"].dropna().tolist() == ["joy"]


def test_a_label_that_there_is_not() -> None:
    assert list(table(train=Split(texts=["odd"], labels=[9]))["label"]) == ["9"]


def test_a_repetition_names_the_first_of_its_split() -> None:
    train = Split(texts=["so glad", "sad", "So  GLAD https://t.co/a", "so glad"], labels=[JOY, SADNESS, JOY, JOY])
    assert marks("repeats", train=train) == {
        "emotion/train:3": "emotion/train:1",
        "emotion/train:4": "emotion/train:1",
    }
    assert marks("contradicts", train=train) == marks("leaks", train=train) == {}


def test_a_contradiction_names_an_earlier_row_of_another_label() -> None:
    train = Split(texts=["odd", "odd", "odd"], labels=[JOY, LOVE, JOY])
    assert marks("contradicts", train=train) == {
        "emotion/train:2": "emotion/train:1 (joy)",
        "emotion/train:3": "emotion/train:2 (love)",
    }


def test_a_leak_names_the_row_of_the_earlier_split_whatever_their_order() -> None:
    splits = {"test": Split(texts=["sad", "odd"], labels=[LOVE, JOY]), "train": Split(texts=["sad"], labels=[SADNESS])}
    assert marks("leaks", **splits) == {"emotion/test:1": "emotion/train:1 (sadness)"}
    assert marks("contradicts", **splits) == {"emotion/test:1": "emotion/train:1 (sadness)"}
    assert marks("repeats", **splits) == {}


@pytest.mark.parametrize("text", ["", " ", "https://t.co/a"])
def test_texts_without_words_are_no_copies(text: str) -> None:
    assert marks("repeats", train=Split(texts=[text, text], labels=[JOY, JOY])) == {}


def test_a_row_that_was_left_out_has_its_reason_alone() -> None:
    left_out = {"test": Split(texts=[" ", "sad"], labels=[JOY, SADNESS], ids=["1", "2"])}
    found = table(left_out=left_out, train=Split(texts=["sad"], labels=[SADNESS]))
    assert dict(found["left_out"].dropna()) == {"1": "the text is blank", "2": "the text is in train: sad"}
    assert found.loc[["1", "2"], ["text", "taught", "repeats", "leaks", "characters"]].isna().all(axis=None)


def test_spans() -> None:
    found = table(train=Split(texts=["so glad"], labels=[JOY], spans=[(3, 7)]))
    assert found[["start", "end"]].values.tolist() == [[3, 7]]


def test_labels_have_their_rows_and_shares_and_how_far_they_are_from_the_known_ones() -> None:
    dataset = Dataset(
        name="emotion",
        task=EMOTION,
        splits={"train": Split(texts=list("abcd"), labels=[JOY] * 3 + [LOVE])},
        manifest={},
    )
    known = {"train": SplitReference(labels={"joy": 50, "love": 50}), "test": SplitReference(labels={"joy": 1})}
    found = labels_table(dataset, Reference(first={}, splits=known)).set_index("id")
    joy = found.loc["emotion/train: joy"]
    assert (joy["rows"], joy["share"], joy["known_share"], joy["drift"]) == (3, 0.75, 0.5, 0.25)
    assert found.loc["emotion/test: joy", ["rows", "share", "drift"]].tolist() == [0, 0, -1]
    assert len(found) == 12


@pytest.mark.parametrize(
    ("text", "written"), [("ok", "ok"), ("é😀", "é😀"), ("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd")]
)
def test_a_text_that_no_file_can_hold_is_written_with_a_replacement(text: str, written: str) -> None:
    assert well_formed(text) == written
