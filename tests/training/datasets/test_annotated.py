"""Tweets whose emotion was read are found by their places in the public data."""

import csv
from pathlib import Path
from typing import cast

import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.datasets import Annotation, of_one_emotion, read_annotations, read_phrases
from emoji_api.training.datasets.annotated import ANNOTATIONS, NONE, STEMS, SUBSETS, UNCLEAR, SplitName

LINES = 50_000  # at least as many as any of the annotated files has


@pytest.fixture(scope="module", params=STEMS)
def split(request) -> SplitName:
    return cast(SplitName, request.param)


@pytest.fixture(scope="module")
def labels(split: SplitName) -> dict[str, str]:
    """What was annotated, by the tweet's name."""
    with (ANNOTATIONS / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        return {row["tweet"]: row["label"] for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture(scope="module")
def places(tmp_path_factory, split: SplitName, labels: dict[str, str]) -> tuple[Path, Path]:
    """Data that have a tweet in every place that was annotated, each of which tells its place."""
    folder, stem = tmp_path_factory.mktemp("places"), STEMS[split]
    for subset in SUBSETS[split]:
        (folder / subset).mkdir()
        lines = "".join(f"tweeteval/{subset}/{stem}:{number} \n" for number in range(1, LINES + 1))
        (folder / subset / f"{stem}_text.txt").write_text(lines, encoding="utf-8")
    names = [name for name in labels if name.startswith("tweet_sentiment_extraction")]
    rows = "".join(f"{name.split(':')[1]},{name},{name},neutral\n" for name in names)
    (folder / "train.csv").write_text(f"textID,text,selected_text,sentiment\n{rows}", encoding="utf-8")
    return folder, folder


def test_each_text_is_the_one_that_was_annotated(
    split: SplitName, places: tuple[Path, Path], labels: dict[str, str]
) -> None:
    annotations = read_annotations(split, *places)
    assert all(row.text == row.tweet for row in annotations)
    assert {row.tweet: " ".join(row.labels) for row in annotations} == labels


def test_a_tweet_has_one_label_or_two_that_may_go_together(labels: dict[str, str]) -> None:
    assert set(" ".join(labels.values()).split()) == {NONE, UNCLEAR, *EMOTION.labels}
    for given in map(str.split, labels.values()):
        assert len(given) == len(set(given)) in (1, 2)
        assert len(given) == 1 or UNCLEAR not in given


def test_only_tweets_of_one_emotion_measure() -> None:
    given = {"glad": ("joy",), "bitter": ("anger", "sadness"), "plain": ("none",), "odd": ("unclear",)}
    rows = [Annotation(tweet=f"place of {text}", text=text, labels=labels) for text, labels in given.items()]
    split = of_one_emotion(rows)
    assert (split.texts, split.ids) == (["glad"], ["place of glad"])
    assert split.labels == [EMOTION.labels.index("joy")]


def test_other_data_were_not_annotated(split: SplitName, tiny_data: Path) -> None:
    assert read_annotations(split, tiny_data / "tweeteval", tiny_data / "tweet_sentiment_extraction") == []


def test_shorter_data_were_not_annotated(split: SplitName, places: tuple[Path, Path]) -> None:
    path = places[0] / "irony" / f"{STEMS[split]}_text.txt"
    whole = path.read_bytes()
    try:
        path.write_text("only one\n", encoding="utf-8")
        assert read_annotations(split, *places) == []
    finally:
        path.write_bytes(whole)


def test_what_measures_is_in_no_train_split(public_data: Path) -> None:
    folders = public_data / "tweeteval", public_data / "tweet_sentiment_extraction"
    measuring, teaching = read_annotations("validation", *folders), read_annotations("train", *folders)
    train = read_phrases(folders[1]).splits["train"]
    assert len(of_one_emotion(measuring)) > 500
    assert {label for row in measuring for label in row.labels} > set(EMOTION.labels)
    assert not {row.tweet for row in measuring} & {*train.ids, *(row.tweet for row in teaching)}
    assert all("/val:" in row.tweet for row in measuring if row.tweet.startswith("tweeteval"))
    assert all("/train:" in row.tweet for row in teaching)
    assert {row.tweet for row in teaching if row.tweet.startswith("tweet_sent")} <= set(train.ids)
