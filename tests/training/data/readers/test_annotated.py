"""The LLM-annotated tweets: their texts are found in the public data by their ids."""

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
from emoji_api.training.data.readers.annotated import ANNOTATIONS, NO_EMOTION, STEMS, SUBSETS, UNCLEAR, SplitName

LINES = 50_000  # more than any annotated file has


@pytest.fixture(scope="module", params=STEMS)
def split(request) -> SplitName:
    return cast(SplitName, request.param)


@pytest.fixture(scope="module")
def labels(split: SplitName) -> dict[str, str]:
    """The labels in the annotation file, by the tweet's id."""
    with (ANNOTATIONS / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        return {row["tweet"]: row["label"] for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture(scope="module")
def identified(tmp_path_factory, split: SplitName, labels: dict[str, str]) -> tuple[Path, Path]:
    """Data in which the text of each annotated tweet is its id."""
    folder, stem = tmp_path_factory.mktemp("identified"), STEMS[split]
    for subset in SUBSETS[split]:
        (folder / subset).mkdir()
        lines = "".join(f"tweeteval/{subset}/{stem}:{number} \n" for number in range(1, LINES + 1))
        (folder / subset / f"{stem}_text.txt").write_text(lines, encoding="utf-8")
    names = [name for name in labels if name.startswith("tweet_sentiment_extraction")]
    rows = "".join(f"{name.split(':')[1]},{name},{name},neutral\n" for name in names)
    (folder / "train.csv").write_text(f"textID,text,selected_text,sentiment\n{rows}", encoding="utf-8")
    return folder, folder


def test_annotations_have_the_text_of_their_id(
    split: SplitName, identified: tuple[Path, Path], labels: dict[str, str]
) -> None:
    annotations = read_annotations(split, *identified)
    assert all(row.text == row.tweet for row in annotations)
    assert {row.tweet: " ".join(row.labels) for row in annotations} == labels
    assert [row.tweet for row in annotations] == list(labels)
    assert count_annotations(split) == len(labels)


def test_tweet_has_one_label_or_two_without_unclear(labels: dict[str, str]) -> None:
    assert set(" ".join(labels.values()).split()) == {NO_EMOTION, UNCLEAR, *EMOTION.labels}
    for names in map(str.split, labels.values()):
        assert len(names) == len(set(names)) in (1, 2)
        assert len(names) == 1 or UNCLEAR not in names


def test_single_emotion_split_has_only_tweets_with_one_emotion() -> None:
    labels = {"glad": ("joy",), "bitter": ("anger", "sadness"), "plain": ("none",), "odd": ("unclear",)}
    rows = [Annotation(tweet=f"id of {text}", text=text, labels=names) for text, names in labels.items()]
    split = single_emotion_split(rows)
    assert (split.texts, split.ids) == (["glad"], ["id of glad"])
    assert split.labels == [EMOTION.labels.index("joy")]


def test_data_without_the_annotated_tweets_have_no_annotations(split: SplitName, tiny_data: Path) -> None:
    assert read_annotations(split, tiny_data / "tweeteval", tiny_data / "tweet_sentiment_extraction") == []


@pytest.fixture
def copied(identified: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the data that a test may modify."""
    return Path(shutil.copytree(identified[0], tmp_path / "copied"))


def test_missing_data_set_removes_only_its_own_tweets(
    split: SplitName, identified: tuple[Path, Path], labels: dict[str, str]
) -> None:
    tweeteval, phrases = read_annotations(split, identified[0], None), read_annotations(split, None, identified[1])
    assert [row.tweet for row in tweeteval] == [name for name in labels if name.startswith("tweeteval/")]
    assert [row.tweet for row in phrases] == [name for name in labels if name.startswith("tweet_sentiment_extraction/")]
    assert read_annotations(split, None, None) == []


@pytest.mark.parametrize("content", [None, "only one\n"], ids=["missing", "another"])
def test_other_file_removes_only_its_own_tweets(
    split: SplitName, copied: Path, labels: dict[str, str], content: str | None
) -> None:
    path = copied / "irony" / f"{STEMS[split]}_text.txt"
    path.unlink()
    if content:
        path.write_text(content, encoding="utf-8")
    annotations = read_annotations(split, copied, copied)
    assert [row.tweet for row in annotations] == [name for name in labels if not name.startswith("tweeteval/irony/")]
    assert annotation_files(split, copied, annotations).keys() == {f"annotations/{split}.tsv"}


def test_missing_row_id_removes_only_its_tweet(split: SplitName, copied: Path, labels: dict[str, str]) -> None:
    lines = (copied / "train.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copied / "train.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    missing = lines[-1].split(",")[1]
    annotations = read_annotations(split, copied, copied)
    assert [row.tweet for row in annotations] == [name for name in labels if name != missing]


def test_manifest_has_the_labels_and_the_texts_of_irony(split: SplitName, identified: tuple[Path, Path]) -> None:
    files = annotation_files(split, identified[0], read_annotations(split, *identified))
    assert files.keys() == {f"annotations/{split}.tsv", f"tweeteval/irony/{STEMS[split]}_text.txt"}
    assert files[f"annotations/{split}.tsv"]["rows"] == count_annotations(split)


def test_validation_annotations_are_in_no_train_split(public_data: Path) -> None:
    folders = public_data / "tweeteval", public_data / "tweet_sentiment_extraction"
    validation, train_rows = read_annotations("validation", *folders), read_annotations("train", *folders)
    phrases = read_phrases(folders[1]).splits["train"]
    assert len(single_emotion_split(validation)) > 500
    assert {label for row in validation for label in row.labels} > set(EMOTION.labels)
    assert not {row.tweet for row in validation} & {*phrases.ids, *(row.tweet for row in train_rows)}
    assert all("/val:" in row.tweet for row in validation if row.tweet.startswith("tweeteval"))
    assert all("/train:" in row.tweet for row in train_rows)
    assert {row.tweet for row in train_rows if row.tweet.startswith("tweet_sent")} <= set(phrases.ids)
