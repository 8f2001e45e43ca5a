"""Readers of the public data sets: files or a hub's tables in, labelled texts out."""

from emoji_api.training.datasets.annotated import (
    Annotation,
    SplitName,
    annotation_files,
    count_annotations,
    of_no_emotion,
    of_one_emotion,
    read_annotations,
)
from emoji_api.training.datasets.emotion import read_emotion
from emoji_api.training.datasets.finance import FINANCE, read_finance
from emoji_api.training.datasets.phrases import read_phrases
from emoji_api.training.datasets.splits import Dataset, Split, clean_train, key
from emoji_api.training.datasets.tweeteval import TWEETEVAL, read_tweeteval, unescape

__all__ = [
    "FINANCE",
    "TWEETEVAL",
    "Annotation",
    "Dataset",
    "Split",
    "SplitName",
    "annotation_files",
    "clean_train",
    "count_annotations",
    "key",
    "of_no_emotion",
    "of_one_emotion",
    "read_annotations",
    "read_emotion",
    "read_finance",
    "read_phrases",
    "read_tweeteval",
    "unescape",
]
