"""Reads the real tweets whose emotion was labelled by reading them."""

import csv
from pathlib import Path

from emoji_api.tasks import EMOTION
from emoji_api.training.datasets.phrases import read_phrases
from emoji_api.training.datasets.splits import Split, read_text
from emoji_api.training.datasets.tweeteval import unescape

ANNOTATIONS = Path(__file__).parents[1] / "annotations.tsv"
SUBSETS = ("sentiment", "offensive", "irony")


def read_annotated(tweeteval: Path, phrases: Path) -> Split | None:
    """Real tweets whose emotion was labelled by reading them, from parts of the data that no network is trained on.

    `annotations.tsv` names each tweet by its place in the public data and gives an emotion, `none` (nothing to feel)
    or `unclear` (readers would differ). The last two are left out.
    None where the data are not those that were annotated, or lack one of their files.
    """
    if not all((tweeteval / subset / "val_text.txt").is_file() for subset in SUBSETS):
        return None
    texts: dict[str, str] = {}
    for subset in SUBSETS:
        lines = read_text(tweeteval / subset / "val_text.txt").split("\n")
        texts |= {f"tweeteval/{subset}/val:{number}": unescape(line.strip()) for number, line in enumerate(lines, 1)}
    held = read_phrases(phrases).splits["validation"]
    texts |= dict(zip(held.ids, held.texts, strict=True))
    with ANNOTATIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["label"] in EMOTION.labels]
    if any(row["tweet"] not in texts for row in rows):
        return None
    return Split(
        texts=[texts[row["tweet"]] for row in rows],
        labels=[EMOTION.labels.index(row["label"]) for row in rows],
        ids=[row["tweet"] for row in rows],
    )
