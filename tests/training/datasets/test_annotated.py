"""Tweets whose emotion was read are found by their places in the public data."""

import csv
from pathlib import Path

import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.datasets import read_annotated, read_phrases
from emoji_api.training.datasets.annotated import ANNOTATIONS

LINES = 2000  # at least as many as any validation file has


@pytest.fixture(scope="module")
def annotations() -> dict[str, str]:
    """What was annotated, by the tweet's name."""
    with ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        return {row["tweet"]: row["label"] for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture
def places(tmp_path: Path, annotations: dict[str, str]) -> tuple[Path, Path]:
    """Data that have a tweet in every place that was annotated, each of which tells its place."""
    for subset in ("sentiment", "offensive", "irony"):
        (tmp_path / subset).mkdir()
        lines = "".join(f"tweeteval/{subset}/val:{number} \n" for number in range(1, LINES + 1))
        (tmp_path / subset / "val_text.txt").write_text(lines, encoding="utf-8")
    names = [name for name in annotations if name.startswith("tweet_sentiment_extraction")]
    rows = "".join(f"{name.split(':')[1]},{name},{name},neutral\n" for name in names)
    (tmp_path / "train.csv").write_text(f"textID,text,selected_text,sentiment\n{rows}", encoding="utf-8")
    return tmp_path, tmp_path


def test_each_text_is_the_one_that_was_annotated(places: tuple[Path, Path], annotations: dict[str, str]) -> None:
    split = read_annotated(*places)
    assert split is not None
    assert split.texts == split.ids
    assert {name: EMOTION.labels[label] for name, label in zip(split.ids, split.labels, strict=True)} == {
        name: label for name, label in annotations.items() if label in EMOTION.labels
    }


def test_tweets_without_an_emotion_are_left_out(places: tuple[Path, Path], annotations: dict[str, str]) -> None:
    assert {"none", "unclear", *EMOTION.labels} == set(annotations.values())
    split = read_annotated(*places)
    assert split is not None
    assert not {name for name, label in annotations.items() if label in ("none", "unclear")} & set(split.ids)


def test_other_data_were_not_annotated(tiny_data: Path) -> None:
    assert read_annotated(tiny_data / "tweeteval", tiny_data / "tweet_sentiment_extraction") is None


def test_shorter_data_were_not_annotated(places: tuple[Path, Path]) -> None:
    (places[0] / "irony" / "val_text.txt").write_text("only one\n", encoding="utf-8")
    assert read_annotated(*places) is None


def test_public_tweets_are_in_no_train_split(public_data: Path) -> None:
    annotated = read_annotated(public_data / "tweeteval", public_data / "tweet_sentiment_extraction")
    train = read_phrases(public_data / "tweet_sentiment_extraction").splits["train"]
    assert annotated is not None
    assert len(annotated) > 500
    assert set(annotated.labels) == set(range(6))
    assert not set(annotated.ids) & set(train.ids)
    assert all("/val:" in identity for identity in annotated.ids if identity.startswith("tweeteval"))
