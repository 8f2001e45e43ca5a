"""The reader of financial news: no test text is in the train split."""

import csv
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC
from emoji_api.training.data.readers import FINANCE, read_finance, text_key

Rows = list[tuple[str, object]]
NEWS: Rows = [(f"news {number}", number % 3) for number in range(300)]


def finance(folder: Path, train: Rows = NEWS, valid: Rows = NEWS[:1]) -> Path:
    """Write a data set of stances with these rows."""
    for part, rows in (("train", train), ("valid", valid)):
        with (folder / f"sent_{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
    return folder


def test_texts_and_labels_are_read(tmp_path: Path) -> None:
    dataset = read_finance(finance(tmp_path, valid=[(" other news ", 2)]), "finance_sentiment")
    assert (dataset.name, dataset.task) == ("finance_sentiment", FINANCE_STANCE)
    assert (dataset.splits["test"].texts, dataset.splits["test"].labels) == (["other news"], [2])
    assert {name: entry["rows"] for name, entry in dataset.manifest.items()} == {
        "finance_sentiment/sent_train.csv": 300,
        "finance_sentiment/sent_valid.csv": 1,
    }


def test_data_sets_have_their_tasks(tiny_data: Path) -> None:
    tasks = {name: read_finance(tiny_data / name, name).task for name in FINANCE}
    assert tasks == {"finance_topic": FINANCE_TOPIC, "finance_sentiment": FINANCE_STANCE}


def test_line_break_in_a_quoted_text_is_kept(tmp_path: Path) -> None:
    splits = read_finance(finance(tmp_path, valid=[("so\nbullish\r\nnow", 1)]), "finance_sentiment").splits
    assert splits["test"].texts == ["so\nbullish\r\nnow"]


def test_about_a_tenth_of_the_train_rows_is_validation(tmp_path: Path) -> None:
    splits = read_finance(finance(tmp_path), "finance_sentiment").splits
    assert 15 < len(splits["validation"]) < 50
    texts = splits["train"].texts + splits["validation"].texts
    assert sorted(texts) == sorted(text for text, _ in NEWS)


def test_texts_that_differ_only_in_links_are_in_one_split(tmp_path: Path) -> None:
    twice = [(f"{text} https://t.co/{link}", label) for text, label in NEWS for link in "ab"]
    splits = read_finance(finance(tmp_path, train=twice), "finance_sentiment").splits
    assert not set(map(text_key, splits["train"].texts)) & set(map(text_key, splits["validation"].texts))
    assert len(splits["train"]) + len(splits["validation"]) == 600


def test_test_texts_that_are_in_train_are_left_out(tmp_path: Path) -> None:
    valid = [("News 7 https://t.co/b", 1), ("other news", 2), ("news 8", 0)]
    dataset = read_finance(finance(tmp_path, valid=valid), "finance_sentiment")
    assert (dataset.splits["test"].texts, dataset.splits["test"].ids) == (["other news"], ["finance_sentiment/valid:2"])
    assert dataset.left_out["test"].ids == ["finance_sentiment/valid:1", "finance_sentiment/valid:3"]


@pytest.mark.parametrize("label", [3, -1, "bullish", ""])
def test_unknown_label_is_an_error(tmp_path: Path, label: object) -> None:
    with pytest.raises(DataError, match=r"sent_valid\.csv, row 2: no known label"):
        read_finance(finance(tmp_path, valid=[("news", 0), ("news", label)]), "finance_sentiment")


def test_other_columns_are_an_error(tmp_path: Path) -> None:
    (finance(tmp_path) / "sent_train.csv").write_text("tweet,stance\nnews,0\n")
    with pytest.raises(DataError, match=r"sent_train\.csv has no column label, text"):
        read_finance(tmp_path, "finance_sentiment")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"topic_train\.csv: no such file"):
        read_finance(finance(tmp_path), "finance_topic")


@pytest.mark.parametrize(
    ("name", "sizes"), [("finance_topic", [15_283, 1_707, 3_439]), ("finance_sentiment", [8_578, 965, 2_349])]
)
def test_public_data_sets_have_their_known_sizes_and_no_leaks(public_data: Path, name: str, sizes: list[int]) -> None:
    splits = read_finance(public_data / name, name).splits
    assert [len(splits[split]) for split in ("train", "validation", "test")] == sizes
    train_texts = {text_key(text) for split in ("train", "validation") for text in splits[split].texts}
    assert not train_texts & set(map(text_key, splits["test"].texts))
