"""Reader of the tweets whose emotion a large language model (LLM) annotated, see docs/annotation.md."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emoji_api.tasks import EMOTION, NO_EMOTION
from emoji_api.training.data.readers.files import file_record, read_text
from emoji_api.training.data.readers.phrases import read_phrases
from emoji_api.training.data.readers.splits import Split
from emoji_api.training.data.readers.tweeteval import unescape

ANNOTATIONS = Path(__file__).parents[1] / "annotations"
"""The folder of the annotation files, `train.tsv` and `validation.tsv`."""
STEMS = {"train": "train", "validation": "val"}
"""The beginning of the names of TweetEval's files, by split."""
SUBSETS = {
    "train": ("sentiment", "offensive", "irony", "hate", "emoji"),
    "validation": ("sentiment", "offensive", "irony"),
}
"""The tasks of TweetEval that have annotated tweets, by split."""
TWEETEVAL_PREFIX = "tweeteval/"
"""The prefix of the ids of TweetEval's tweets, which are line numbers."""
SplitName = Literal["train", "validation"]
UNCLEAR = "unclear"
"""The label of an emotion that cannot be determined. Like `NO_EMOTION` it is not an emotion."""


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """An annotated tweet.

    `tweet` is its id in the public data, for example `tweeteval/sentiment/train:17`. `labels` are one emotion; two
    emotions, the likelier first; `none` for no emotion, alone or together with an emotion; or `unclear`.
    """

    tweet: str
    text: str
    labels: tuple[str, ...]


def read_annotations(split: SplitName, tweeteval: Path | None, phrases: Path | None) -> list[Annotation]:
    """Return the annotated tweets of a split whose texts are in the folders `tweeteval` and `phrases`.

    The files in `ANNOTATIONS` have ids and labels only; the texts come from the public data. Tweets whose text is
    missing are left out. If any annotated line of a TweetEval file is missing, all of that file's tweets are left out:
    the file is not the one that was annotated, and its line numbers mean other tweets.
    """
    stem = STEMS[split]
    texts: dict[str, str] = {}
    for path in [tweeteval / subset / f"{stem}_text.txt" for subset in SUBSETS[split]] if tweeteval else []:
        if path.is_file():
            prefix = f"{TWEETEVAL_PREFIX}{path.parent.name}/{stem}"
            lines = enumerate(read_text(path).split("\n"), 1)
            texts |= {f"{prefix}:{number}": unescape(line.strip()) for number, line in lines}
    if phrases:
        phrase_split = read_phrases(phrases).splits[split]
        texts |= dict(zip(phrase_split.ids, phrase_split.texts, strict=True))
    with (ANNOTATIONS / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    missing = [row["tweet"] for row in rows if row["tweet"] not in texts]
    mismatched = {source_file(tweet) for tweet in missing if tweet.startswith(TWEETEVAL_PREFIX)}
    return [
        Annotation(tweet=row["tweet"], text=texts[row["tweet"]], labels=tuple(row["label"].split()))
        for row in rows
        if row["tweet"] in texts and source_file(row["tweet"]) not in mismatched
    ]


def source_file(tweet: str) -> str:
    """Return the id of a tweet without its line number or row id."""
    return tweet.rpartition(":")[0]


def annotation_files(split: SplitName, tweeteval: Path | None, annotations: list[Annotation]) -> dict[str, Any]:
    """Return the manifest entries of files outside the data sets: the labels, and the texts of TweetEval's irony."""
    labels = ANNOTATIONS / f"{split}.tsv"
    files = {f"annotations/{labels.name}": file_record(labels, count_annotations(split))}
    if tweeteval and any(row.tweet.startswith(f"{TWEETEVAL_PREFIX}irony/") for row in annotations):
        texts = tweeteval / "irony" / f"{STEMS[split]}_text.txt"
        files[f"tweeteval/irony/{texts.name}"] = file_record(texts, read_text(texts).count("\n"))
    return files


def count_annotations(split: SplitName) -> int:
    """Return the number of annotated tweets of a split, whether or not their texts are available."""
    return read_text(ANNOTATIONS / f"{split}.tsv").count("\n") - 1  # without the header


def no_emotion_texts(annotations: list[Annotation]) -> list[str]:
    """Return the texts of the tweets whose only label is `none`."""
    return [row.text for row in annotations if row.labels == (NO_EMOTION,)]


def single_emotion_split(annotations: list[Annotation]) -> Split:
    """Return the tweets whose only label is an emotion."""
    rows = [row for row in annotations if len(row.labels) == 1 and row.labels[0] in EMOTION.labels]
    return Split(
        texts=[row.text for row in rows],
        labels=[EMOTION.labels.index(row.labels[0]) for row in rows],
        ids=[row.tweet for row in rows],
    )
