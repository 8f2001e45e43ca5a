"""The reader of the emotion data set."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Split, clean_train, read_emotion, text_key


def emotion(folder: Path, train: str = "so glad;joy\n") -> Path:
    """Write an emotion data set whose train file has the content `train`."""
    for name, content in {"train": train, "val": "so sad;sadness\n", "test": "so mad;anger\n"}.items():
        (folder / f"{name}.txt").write_bytes(content.encode())
    return folder


def test_texts_and_labels_are_read(tmp_path: Path) -> None:
    dataset = read_emotion(emotion(tmp_path, "so glad;joy\nso fond;love\n"))
    assert dataset.task is EMOTION
    assert dataset.splits["train"] == Split(texts=["so glad", "so fond"], labels=[1, 2])
    assert [dataset.splits[name].labels for name in ("validation", "test")] == [[0], [3]]


@pytest.mark.parametrize("content", ["so glad;joy", "so glad;joy\r\n", "so glad;joy\n\n"])
def test_line_ends_and_blank_lines_are_ignored(tmp_path: Path, content: str) -> None:
    assert read_emotion(emotion(tmp_path, content)).splits["train"].texts == ["so glad"]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    text = "so\u2028very\x0bglad\x85now"
    assert read_emotion(emotion(tmp_path, f"{text};joy\n")).splits["train"].texts == [text]


def test_text_may_contain_the_separator(tmp_path: Path) -> None:
    assert read_emotion(emotion(tmp_path, "so; glad;joy\n")).splits["train"].texts == ["so; glad"]


@pytest.mark.parametrize("line", ["so glad;happy", "so glad", "so glad;", "so glad;Joy", "joy", "so glad;joy "])
def test_unknown_label_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"train\.txt, line 2: no known label"):
        read_emotion(emotion(tmp_path, f"so sad;sadness\n{line}\n"))


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    (emotion(tmp_path) / "val.txt").unlink()
    with pytest.raises(DataError, match=r"val\.txt: no such file"):
        read_emotion(tmp_path)


def test_manifest_has_the_sha256_and_rows_of_each_file(tmp_path: Path) -> None:
    content = "so glad;joy\nso fond;love\n"
    manifest = read_emotion(emotion(tmp_path, content)).manifest
    assert manifest.keys() == {"emotion/train.txt", "emotion/val.txt", "emotion/test.txt"}
    assert manifest["emotion/train.txt"] == {"sha256": hashlib.sha256(content.encode()).hexdigest(), "rows": 2}


def test_public_data_set_has_its_known_content(public_data: Path) -> None:
    dataset = read_emotion(public_data / "emotion")
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 16_000,
        "validation": 2_000,
        "test": 2_000,
    }
    assert Counter(EMOTION.labels[label] for label in dataset.splits["test"].labels) == {
        "joy": 695,
        "sadness": 581,
        "anger": 275,
        "fear": 224,
        "love": 159,
        "surprise": 66,
    }
    published = "3ab03d945a6cb783d818ccd06dafd52d2ed8b4f62f0f85a09d7d11870865b190"
    assert dataset.manifest["emotion/train.txt"] == {"sha256": published, "rows": 16_000}


def test_cleaned_public_train_split_has_no_held_out_text(public_data: Path) -> None:
    splits = read_emotion(public_data / "emotion").splits
    train = clean_train(splits["train"], [splits["validation"], splits["test"]])
    held_out = {text_key(text) for name in ("validation", "test") for text in splits[name].texts}
    assert not held_out & set(map(text_key, train.texts))
    assert 15_900 < len(train) < 16_000
