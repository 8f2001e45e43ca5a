"""Reads the real tweets whose emotion was labelled by reading them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emoji_api.tasks import EMOTION
from emoji_api.training.datasets.phrases import read_phrases
from emoji_api.training.datasets.splits import Split, entry, read_text
from emoji_api.training.datasets.tweeteval import unescape

ANNOTATIONS = Path(__file__).parents[1] / "annotations"
STEMS = {"train": "train", "validation": "val"}
SUBSETS = {
    "train": ("sentiment", "offensive", "irony", "hate", "emoji"),
    "validation": ("sentiment", "offensive", "irony"),
}
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


def read_annotations(split: SplitName, tweeteval: Path, phrases: Path) -> list[Annotation]:
    """The annotated tweets of a split of the public data: the train split's teach, the validation split's measure.

    A file of `ANNOTATIONS` names each tweet by its place in the public data, whose texts it has not. Empty where the
    data are not those that were annotated, or lack one of their files.
    """
    stem, subsets = STEMS[split], SUBSETS[split]
    if not all((tweeteval / subset / f"{stem}_text.txt").is_file() for subset in subsets):
        return []
    texts: dict[str, str] = {}
    for subset in subsets:
        lines = read_text(tweeteval / subset / f"{stem}_text.txt").split("\n")
        texts |= {f"tweeteval/{subset}/{stem}:{number}": unescape(line.strip()) for number, line in enumerate(lines, 1)}
    extracted = read_phrases(phrases).splits[split]
    texts |= dict(zip(extracted.ids, extracted.texts, strict=True))
    with (ANNOTATIONS / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if any(row["tweet"] not in texts for row in rows):
        return []
    return [
        Annotation(tweet=row["tweet"], text=texts[row["tweet"]], labels=tuple(row["label"].split())) for row in rows
    ]


def annotation_files(split: SplitName, tweeteval: Path) -> dict[str, Any]:
    """What a manifest says of the files of annotated tweets that are no data set's: the labels, and irony's texts."""
    labels, texts = ANNOTATIONS / f"{split}.tsv", tweeteval / "irony" / f"{STEMS[split]}_text.txt"
    return {
        f"annotations/{labels.name}": entry(labels, read_text(labels).count("\n") - 1),  # the first names the columns
        f"tweeteval/irony/{texts.name}": entry(texts, read_text(texts).count("\n")),
    }


def of_one_emotion(annotations: list[Annotation]) -> Split:
    """The tweets that have one emotion, and nothing else."""
    certain = [row for row in annotations if len(row.labels) == 1 and row.labels[0] in EMOTION.labels]
    return Split(
        texts=[row.text for row in certain],
        labels=[EMOTION.labels.index(row.labels[0]) for row in certain],
        ids=[row.tweet for row in certain],
    )
