"""Public data sets are read as they are described, or not at all."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.datasets import (
    Split,
    clean_train,
    key,
    read_annotated,
    read_emotion,
    read_phrases,
    read_tweeteval,
    unescape,
)

HEADER = "textID,text,selected_text,sentiment\n"


def emotion(folder: Path, train: str = "so glad;joy\n") -> Path:
    """An emotion set whose train split is `train`."""
    for name, content in {"train": train, "val": "so sad;sadness\n", "test": "so mad;anger\n"}.items():
        (folder / f"{name}.txt").write_bytes(content.encode())
    return folder


def tweeteval(folder: Path, texts: str = "so glad\n", labels: str = "2\n") -> Path:
    """A sentiment set whose train split is `texts` and `labels`."""
    (folder / "sentiment").mkdir()
    for stem in ("train", "val", "test"):
        (folder / "sentiment" / f"{stem}_text.txt").write_bytes(texts.encode())
        (folder / "sentiment" / f"{stem}_labels.txt").write_bytes(labels.encode())
    return folder


def phrases(folder: Path, rows: str) -> Path:
    (folder / "train.csv").write_bytes((HEADER + rows).encode())
    return folder


def all_phrases(folder: Path, rows: str) -> list[tuple[str, int]]:
    splits = read_phrases(phrases(folder, rows)).splits.values()
    return [row for split in splits for row in zip(split.texts, split.labels, strict=True)]


def test_emotion(tmp_path: Path) -> None:
    dataset = read_emotion(emotion(tmp_path, "so glad;joy\nso fond;love\n"))
    assert dataset.task is EMOTION
    assert dataset.splits["train"] == Split(texts=["so glad", "so fond"], labels=[1, 2])
    assert [dataset.splits[name].labels for name in ("validation", "test")] == [[0], [3]]


@pytest.mark.parametrize("content", ["so glad;joy", "so glad;joy\r\n", "so glad;joy\n\n"])
def test_emotion_with_other_line_ends(tmp_path: Path, content: str) -> None:
    assert read_emotion(emotion(tmp_path, content)).splits["train"].texts == ["so glad"]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    text = "so\u2028very\x0bglad\x85now"
    assert read_emotion(emotion(tmp_path, f"{text};joy\n")).splits["train"].texts == [text]


def test_a_text_may_hold_the_separator(tmp_path: Path) -> None:
    assert read_emotion(emotion(tmp_path, "so; glad;joy\n")).splits["train"].texts == ["so; glad"]


@pytest.mark.parametrize("line", ["so glad;happy", "so glad", "so glad;", "so glad;Joy", "joy", "so glad;joy "])
def test_emotion_with_a_bad_label(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match=r"train\.txt, line 2: no known label"):
        read_emotion(emotion(tmp_path, f"so sad;sadness\n{line}\n"))


def test_emotion_with_a_missing_file(tmp_path: Path) -> None:
    (emotion(tmp_path) / "val.txt").unlink()
    with pytest.raises(DataError, match=r"val\.txt: no such file"):
        read_emotion(tmp_path)


def test_the_manifest_has_the_sha256_and_rows_of_each_file(tmp_path: Path) -> None:
    content = "so glad;joy\nso fond;love\n"
    manifest = read_emotion(emotion(tmp_path, content)).manifest
    assert manifest.keys() == {"emotion/train.txt", "emotion/val.txt", "emotion/test.txt"}
    assert manifest["emotion/train.txt"] == {"sha256": hashlib.sha256(content.encode()).hexdigest(), "rows": 2}


def test_tweeteval(tmp_path: Path) -> None:
    dataset = read_tweeteval(tweeteval(tmp_path, " so glad  \nso sad\n", "2\n0\n"), "sentiment")
    assert dataset.task is SENTIMENT
    assert dataset.splits["train"].texts == ["so glad", "so sad"]
    assert dataset.splits["train"].labels == [2, 0]
    assert dataset.splits["validation"].ids == ["tweeteval/sentiment/val:1", "tweeteval/sentiment/val:2"]
    assert len(dataset.manifest) == 6


def test_tweeteval_with_other_separators_in_a_line(tmp_path: Path) -> None:
    texts = read_tweeteval(tweeteval(tmp_path, "so\u2028very\x85glad\n"), "sentiment").splits["train"].texts
    assert texts == ["so\u2028very\x85glad"]


def test_tweeteval_with_unequal_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train_text\.txt has 2 lines, .*train_labels\.txt has 1"):
        read_tweeteval(tweeteval(tmp_path, "so glad\nso sad\n", "2\n"), "sentiment")


@pytest.mark.parametrize("label", ["3", "-1", "positive", ""])
def test_tweeteval_with_a_bad_label(tmp_path: Path, label: str) -> None:
    with pytest.raises(DataError, match=r"train_labels\.txt, line 2: no known label"):
        read_tweeteval(tweeteval(tmp_path, "so glad\nso sad\n", f"2\n{label}\n"), "sentiment")


def test_tweeteval_with_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_tweeteval(tmp_path, "sentiment")


@pytest.mark.parametrize(
    ("escaped", "text"),
    [(r"it\u2019s", "it’s"), (r"a\u002c b", "a, b"), (r"\"so\"", '"so"'), ('""so""', '"so"'), (r"a\b", r"a\b")],
)
def test_unescape(escaped: str, text: str) -> None:
    assert unescape(escaped) == text


def test_phrases(tmp_path: Path) -> None:
    rows = 'a1," so ""glad"", you",glad,positive\nb2,so sad,sad,negative\n'
    assert sorted(all_phrases(tmp_path, rows)) == [('so "glad", you', 2), ("so sad", 0)]


def test_phrases_with_a_line_break_in_a_text(tmp_path: Path) -> None:
    assert all_phrases(tmp_path, 'a1,"so\nglad\r\nnow",glad,positive\n') == [("so\nglad\r\nnow", 2)]


def test_phrases_without_a_text_are_left_out(tmp_path: Path) -> None:
    assert all_phrases(tmp_path, 'a1,,,neutral\nb2,"  ",,neutral\nc3,so so,so,neutral\n') == [("so so", 1)]


def test_phrases_are_split_by_the_hash_of_their_id(tmp_path: Path) -> None:
    rows = "".join(f"{number},text {number},text,neutral\n" for number in range(1000))
    splits = read_phrases(phrases(tmp_path, rows)).splits
    ids = [identity for split in splits.values() for identity in split.ids]
    assert len(set(ids)) == len(ids) == 1000
    assert all(50 < len(splits[name]) < 150 for name in ("validation", "test"))


@pytest.mark.parametrize("rows", ["a1,so glad,glad,happy\n", "a1,so glad\n"])
def test_phrases_with_a_bad_sentiment(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DataError, match=r"train\.csv.*a1.*no known sentiment"):
        read_phrases(phrases(tmp_path, rows))


def test_phrases_with_other_columns(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,tweet\n1,so glad\n")
    with pytest.raises(DataError, match=r"train\.csv has no column"):
        read_phrases(tmp_path)


def test_phrases_with_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.csv: no such file"):
        read_phrases(tmp_path)


@pytest.mark.parametrize("text", ["So  glad", "so glad https://t.co/a", " so\tGLAD "])
def test_texts_that_are_the_same(text: str) -> None:
    assert key(text) == key("so glad")


def test_a_text_of_two_labels_is_left_out_of_train() -> None:
    train = Split(texts=["so odd", "so glad", "So odd"], labels=[5, 1, 4], ids=["1", "2", "3"])
    assert clean_train(train, []) == Split(texts=["so glad"], labels=[1], ids=["2"])


def test_a_repeated_text_is_kept_once() -> None:
    assert clean_train(Split(texts=["so glad", "so GLAD"], labels=[1, 1]), []).texts == ["so glad"]


def test_a_text_without_words_is_left_out() -> None:
    assert clean_train(Split(texts=["https://t.co/a", "so glad"], labels=[1, 1]), []).texts == ["so glad"]


def test_a_held_out_text_is_left_out_of_train_only() -> None:
    held_out = Split(texts=["so glad", "so sad"], labels=[1, 0])
    train = Split(texts=["So glad https://t.co/a", "so mad"], labels=[1, 3])
    assert clean_train(train, [held_out]).texts == ["so mad"]
    assert held_out.texts == ["so glad", "so sad"]


def test_a_sample_keeps_texts_with_their_labels() -> None:
    split = Split(texts=list("abcdef"), labels=list(range(6)))
    sample = split.sample(4, 7)
    assert len(set(sample.texts)) == 4
    assert all("abcdef"[label] == text for text, label in zip(sample.texts, sample.labels, strict=True))
    assert sample == split.sample(4, 7)


def test_the_public_emotion_set(public_data: Path) -> None:
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


def test_no_public_train_text_is_held_out(public_data: Path) -> None:
    splits = read_emotion(public_data / "emotion").splits
    train = clean_train(splits["train"], [splits["validation"], splits["test"]])
    held_out = {key(text) for name in ("validation", "test") for text in splits[name].texts}
    assert not held_out & set(map(key, train.texts))
    assert 15_900 < len(train) < 16_000


def test_the_public_sentiment_sets(public_data: Path) -> None:
    splits = read_tweeteval(public_data / "tweeteval", "sentiment").splits
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [45_615, 2_000, 12_284]
    splits = read_tweeteval(public_data / "tweeteval", "offensive").splits
    assert [len(splits[name]) for name in ("train", "validation", "test")] == [11_916, 1_324, 860]
    assert sum(map(len, read_phrases(public_data / "tweet_sentiment_extraction").splits.values())) == 27_480


def test_annotated_tweets_are_in_no_train_split(public_data: Path) -> None:
    annotated = read_annotated(public_data / "tweeteval", public_data / "tweet_sentiment_extraction")
    train = read_phrases(public_data / "tweet_sentiment_extraction").splits["train"]
    assert len(annotated) > 500
    assert set(annotated.labels) == set(range(6))
    assert not set(annotated.ids) & set(train.ids)
    assert all("/val:" in identity for identity in annotated.ids if identity.startswith("tweeteval"))
