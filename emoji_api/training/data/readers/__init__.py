"""Readers of the data sets, one data set or format per file: paths in, labelled texts in splits out."""

from emoji_api.training.data.readers.annotated import (
    Annotation,
    SplitName,
    annotation_files,
    count_annotations,
    no_emotion_texts,
    read_annotations,
    single_emotion_split,
)
from emoji_api.training.data.readers.emotion import read_emotion
from emoji_api.training.data.readers.finance import FINANCE, read_finance
from emoji_api.training.data.readers.phrases import read_phrases
from emoji_api.training.data.readers.splits import Dataset, Split, clean_train, text_key
from emoji_api.training.data.readers.tweeteval import TWEETEVAL, read_tweeteval, unescape

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
    "no_emotion_texts",
    "read_annotations",
    "read_emotion",
    "read_finance",
    "read_phrases",
    "read_tweeteval",
    "single_emotion_split",
    "text_key",
    "unescape",
]
