"""Reader of tweets with a sentiment and the phrase that carries it."""

import hashlib
import re
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import SENTIMENT
from emoji_api.training.data.readers.files import file_record, read_table
from emoji_api.training.data.readers.splits import Dataset, Split


def read_phrases(folder: Path) -> Dataset:
    """Return Kaggle's "Tweet Sentiment Extraction" (2020): each text has a sentiment and the span that carries it.

    Kaggle's test labels have no phrases, so all splits come from `train.csv`: the sha256 of the tweet's id modulo ten
    is 0 for `test`, 1 for `validation`, and 2 to 9 for `train`. Texts keep leading and trailing spaces; blank texts are
    left out. The spans of the train split are aligned to words; those of the other splits are as published.

    Raise DataError if a sentiment is unknown or a phrase is not in its text.
    """
    path = folder / "train.csv"
    rows = read_table(path, ["textID", "text", "selected_text", "sentiment"])
    blank = [not row["text"].strip() for row in rows]
    for row, empty in zip(rows, blank, strict=True):
        if row["sentiment"] not in SENTIMENT.labels:
            raise DataError(f"{path}, tweet {row['textID']}: no known sentiment")
        if row["selected_text"] not in row["text"] and not empty:
            raise DataError(f"{path}, tweet {row['textID']}: the phrase is not in the text")
    folds = [int(hashlib.sha256(row["textID"].encode()).hexdigest(), 16) % 10 for row in rows]
    row_splits = [{0: "test", 1: "validation"}.get(fold, "train") for fold in folds]
    published = [find_span(row["text"], row["selected_text"]) for row in rows]
    all_rows = Split(
        texts=[row["text"] for row in rows],
        labels=[SENTIMENT.labels.index(row["sentiment"]) for row in rows],
        ids=[f"tweet_sentiment_extraction/train:{row['textID']}" for row in rows],
        spans=[
            align_span(row["text"], span) if split == "train" else span
            for row, span, split in zip(rows, published, row_splits, strict=True)
        ],
    )

    def part(name: str, *, blank_texts: bool) -> Split:
        return all_rows.where(
            (split, empty) == (name, blank_texts) for split, empty in zip(row_splits, blank, strict=True)
        )

    names = ("train", "validation", "test")
    return Dataset(
        name="tweet_sentiment_extraction",
        task=SENTIMENT,
        splits={name: part(name, blank_texts=False) for name in names},
        manifest={"tweet_sentiment_extraction/train.csv": file_record(path, blank.count(False))},
        left_out={name: part(name, blank_texts=True) for name in names},
    )


def find_span(text: str, phrase: str) -> tuple[int, int]:
    """Return (start, end) of the first occurrence of `phrase` in `text`."""
    start = text.find(phrase)
    return start, start + len(phrase)


def align_span(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Return a published span moved to the words that its annotator selected, and widened to whole words.

    The annotators saw texts whose runs of spaces were collapsed, and their offsets were applied to the original text.
    If the published span cuts a word and the same offsets in the collapsed text do not, the offsets refer to the
    collapsed text.
    """
    if not cuts_word(text, span):
        return widen_to_words(text, span)
    places = [place for place in range(len(text)) if text[place : place + 2] != "  "]
    collapsed = "".join(text[place] for place in places)
    if span[1] <= len(places) and not cuts_word(collapsed, span):
        return widen_to_words(text, (places[span[0]], places[span[1] - 1] + 1))
    return widen_to_words(text, span)


def cuts_word(text: str, span: tuple[int, int]) -> bool:
    """Return whether a span begins or ends between two alphanumeric characters."""
    return any(0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum() for at in span)


def widen_to_words(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Return the span without leading and trailing spaces, widened so that it cuts no word.

    A span of white space is returned unchanged.
    """
    words = [word.span() for word in re.finditer(r"\S+", text)]
    overlapping = [(start, end) for start, end in words if start < span[1] and end > span[0]]
    if not overlapping:
        return span
    # widen over alphanumeric characters only: a phrase may end before the punctuation of its last word
    start, end = span[0], span[1]
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return max(start, overlapping[0][0]), min(end, overlapping[-1][1])
