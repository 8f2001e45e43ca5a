"""Reads the real tweets whose emotion was labelled by reading them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers.phrases import read_phrases
from emoji_api.training.data.readers.splits import Split, file_record, read_text
from emoji_api.training.data.readers.tweeteval import unescape

ANNOTATIONS = Path(__file__).parents[1] / "annotations"
STEMS = {"train": "train", "validation": "val"}
SUBSETS = {
    "train": ("sentiment", "offensive", "irony", "hate", "emoji"),
    "validation": ("sentiment", "offensive", "irony"),
}
LINES_OF = "tweeteval/"
"""How the places begin that are lines of a file."""
SplitName = Literal["train", "validation"]
NONE, UNCLEAR = "none", "unclear"


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A tweet that was read: its place in the public data, its text, and the `labels` that its reader gave it.

    They are one emotion, two where both are there (the likelier first), `none` where there is nothing to feel, also
    beside an emotion, or `unclear` where no reader could say.
    """

    tweet: str
    text: str
    labels: tuple[str, ...]


def read_annotations(split: SplitName, tweeteval: Path | None, phrases: Path | None) -> list[Annotation]:
    """The annotated tweets of a split of the public data: the train split's teach, the validation split's measure.

    A file of `ANNOTATIONS` names each tweet by its place in the public data, whose texts it has not. Those whose text
    the folders `tweeteval` and `phrases` lack are left out. So are all of a file of lines that is too short to be the
    one that was annotated.
    """
    stem = STEMS[split]
    texts: dict[str, str] = {}
    for path in [tweeteval / subset / f"{stem}_text.txt" for subset in SUBSETS[split]] if tweeteval else []:
        if path.is_file():
            place = f"tweeteval/{path.parent.name}/{stem}"
            lines = enumerate(read_text(path).split("\n"), 1)
            texts |= {f"{place}:{number}": unescape(line.strip()) for number, line in lines}
    if phrases:
        extracted = read_phrases(phrases).splits[split]
        texts |= dict(zip(extracted.ids, extracted.texts, strict=True))
    with (ANNOTATIONS / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    # a number of a line says nothing in another file, an id does
    others = {file_of(row["tweet"]) for row in rows if row["tweet"] not in texts and row["tweet"].startswith(LINES_OF)}
    return [
        Annotation(tweet=row["tweet"], text=texts[row["tweet"]], labels=tuple(row["label"].split()))
        for row in rows
        if row["tweet"] in texts and file_of(row["tweet"]) not in others
    ]


def file_of(tweet: str) -> str:
    """The place of a tweet without its line or id."""
    return tweet.rpartition(":")[0]


def annotation_files(split: SplitName, tweeteval: Path | None, read: list[Annotation]) -> dict[str, Any]:
    """What a manifest says of the files of the annotations `read` that are no data set's: the labels, irony's texts."""
    labels = ANNOTATIONS / f"{split}.tsv"
    files = {f"annotations/{labels.name}": file_record(labels, count_annotations(split))}
    if tweeteval and any(row.tweet.startswith(f"{LINES_OF}irony/") for row in read):
        texts = tweeteval / "irony" / f"{STEMS[split]}_text.txt"
        files[f"tweeteval/irony/{texts.name}"] = file_record(texts, read_text(texts).count("\n"))
    return files


def count_annotations(split: SplitName) -> int:
    """How many tweets of the split were annotated."""
    return read_text(ANNOTATIONS / f"{split}.tsv").count("\n") - 1  # the first line names the columns


def no_emotion_texts(annotations: list[Annotation]) -> list[str]:
    """The texts of the tweets in which there is nothing to feel, and nothing else."""
    return [row.text for row in annotations if row.labels == (NONE,)]


def single_emotion_split(annotations: list[Annotation]) -> Split:
    """The tweets that have one emotion, and nothing else."""
    certain = [row for row in annotations if len(row.labels) == 1 and row.labels[0] in EMOTION.labels]
    return Split(
        texts=[row.text for row in certain],
        labels=[EMOTION.labels.index(row.labels[0]) for row in certain],
        ids=[row.tweet for row in certain],
    )
