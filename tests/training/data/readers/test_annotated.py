"""Tweets whose emotion was read are found by their places in the public data."""

import csv
import shutil
from pathlib import Path
from typing import cast

import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import (
    Annotation,
    annotation_files,
    count_annotations,
    read_annotations,
    read_phrases,
    single_emotion_split,
)
from emoji_api.training.data.readers.annotated import ANNOTATIONS, NONE, STEMS, SUBSETS, UNCLEAR, SplitName

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
    assert [row.tweet for row in annotations] == list(labels)
    assert count_annotations(split) == len(labels)


def test_a_tweet_has_one_label_or_two_that_may_go_together(labels: dict[str, str]) -> None:
    assert set(" ".join(labels.values()).split()) == {NONE, UNCLEAR, *EMOTION.labels}
    for given in map(str.split, labels.values()):
        assert len(given) == len(set(given)) in (1, 2)
        assert len(given) == 1 or UNCLEAR not in given


def test_only_tweets_of_one_emotion_measure() -> None:
    given = {"glad": ("joy",), "bitter": ("anger", "sadness"), "plain": ("none",), "odd": ("unclear",)}
    rows = [Annotation(tweet=f"place of {text}", text=text, labels=labels) for text, labels in given.items()]
    split = single_emotion_split(rows)
    assert (split.texts, split.ids) == (["glad"], ["place of glad"])
    assert split.labels == [EMOTION.labels.index("joy")]


def test_other_data_were_not_annotated(split: SplitName, tiny_data: Path) -> None:
    assert read_annotations(split, tiny_data / "tweeteval", tiny_data / "tweet_sentiment_extraction") == []


@pytest.fixture
def copied(places: tuple[Path, Path], tmp_path: Path) -> Path:
    """The same data, to be altered."""
    return Path(shutil.copytree(places[0], tmp_path / "copied"))


def test_a_set_that_is_not_there_takes_only_its_own_tweets_away(
    split: SplitName, places: tuple[Path, Path], labels: dict[str, str]
) -> None:
    tweeteval, phrases = read_annotations(split, places[0], None), read_annotations(split, None, places[1])
    assert [row.tweet for row in tweeteval] == [name for name in labels if name.startswith("tweeteval/")]
    assert [row.tweet for row in phrases] == [name for name in labels if name.startswith("tweet_sentiment_extraction/")]
    assert read_annotations(split, None, None) == []


@pytest.mark.parametrize("content", [None, "only one\n"], ids=["missing", "another"])
def test_a_file_that_is_not_the_annotated_one_takes_only_its_own_tweets_away(
    split: SplitName, copied: Path, labels: dict[str, str], content: str | None
) -> None:
    path = copied / "irony" / f"{STEMS[split]}_text.txt"
    path.unlink()
    if content:
        path.write_text(content, encoding="utf-8")
    found = read_annotations(split, copied, copied)
    assert [row.tweet for row in found] == [name for name in labels if not name.startswith("tweeteval/irony/")]
    assert annotation_files(split, copied, found).keys() == {f"annotations/{split}.tsv"}


def test_an_id_that_is_missing_takes_only_its_own_tweet_away(
    split: SplitName, copied: Path, labels: dict[str, str]
) -> None:
    lines = (copied / "train.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copied / "train.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    missing = lines[-1].split(",")[1]
    found = read_annotations(split, copied, copied)
    assert [row.tweet for row in found] == [name for name in labels if name != missing]


def test_the_files_of_no_data_set_are_in_the_manifest(split: SplitName, places: tuple[Path, Path]) -> None:
    files = annotation_files(split, places[0], read_annotations(split, *places))
    assert files.keys() == {f"annotations/{split}.tsv", f"tweeteval/irony/{STEMS[split]}_text.txt"}
    assert files[f"annotations/{split}.tsv"]["rows"] == count_annotations(split)


def test_what_measures_is_in_no_train_split(public_data: Path) -> None:
    folders = public_data / "tweeteval", public_data / "tweet_sentiment_extraction"
    measuring, teaching = read_annotations("validation", *folders), read_annotations("train", *folders)
    train = read_phrases(folders[1]).splits["train"]
    assert len(single_emotion_split(measuring)) > 500
    assert {label for row in measuring for label in row.labels} > set(EMOTION.labels)
    assert not {row.tweet for row in measuring} & {*train.ids, *(row.tweet for row in teaching)}
    assert all("/val:" in row.tweet for row in measuring if row.tweet.startswith("tweeteval"))
    assert all("/train:" in row.tweet for row in teaching)
    assert {row.tweet for row in teaching if row.tweet.startswith("tweet_sent")} <= set(train.ids)
