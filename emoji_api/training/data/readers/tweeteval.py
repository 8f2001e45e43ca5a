"""Reader of TweetEval: sentiment, hate, offensive and emoji."""

import re
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import EMOJIS, HATE, OFFENSIVE, SENTIMENT
from emoji_api.training.data.readers.files import file_record, read_text
from emoji_api.training.data.readers.splits import Dataset, Split

TWEETEVAL = {"sentiment": SENTIMENT, "hate": HATE, "offensive": OFFENSIVE, "emoji": EMOJIS}
"""Name of a folder in TweetEval -> its task."""


def read_tweeteval(folder: Path, subset: str) -> Dataset:
    """Return one task of TweetEval (Barbieri et al., 2020, https://arxiv.org/abs/2010.12421).

    `subset` is a key of `TWEETEVAL`, and the name of the task's folder in `folder`.

    Texts and label ids are in two files, one per line. Blank texts are left out.

    Raise DataError if the two files have different numbers of lines or a label is unknown.
    """
    task = TWEETEVAL[subset]
    ids = [str(label) for label in range(len(task.labels))]
    splits, left_out, manifest = {}, {}, {}
    for name, stem in (("train", "train"), ("validation", "val"), ("test", "test")):
        paths = [folder / subset / f"{stem}_{kind}.txt" for kind in ("text", "labels")]
        # split on LF only: the texts have other line separators
        lines = [read_text(path).removesuffix("\n").split("\n") for path in paths]
        if len(lines[0]) != len(lines[1]):
            raise DataError(f"{paths[0]} has {len(lines[0])} lines, {paths[1]} has {len(lines[1])}")
        if bad := next((number for number, label in enumerate(lines[1], 1) if label.strip() not in ids), None):
            raise DataError(f"{paths[1]}, line {bad}: no known label")
        split = Split(
            texts=[unescape(text.strip()) for text in lines[0]],
            labels=[int(label) for label in lines[1]],
            ids=[f"tweeteval/{subset}/{stem}:{number}" for number in range(1, len(lines[0]) + 1)],
        )
        splits[name] = split.where(map(bool, split.texts))
        left_out[name] = split.where(not text for text in split.texts)
        for path in paths:
            manifest[f"tweeteval/{subset}/{path.name}"] = file_record(path, len(lines[0]))
    return Dataset(name=f"tweeteval/{subset}", task=task, splits=splits, manifest=manifest, left_out=left_out)


def unescape(text: str) -> str:
    r"""Return `text` without the literal escapes of TweetEval's sentiment texts: `it\u2019s`, `a\u002c b`, `\"so\"`."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return text.replace('\\"', '"').replace('""', '"')
