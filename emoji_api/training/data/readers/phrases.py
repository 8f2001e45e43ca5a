"""Reads tweets of known sentiment with the phrase that carries it."""

import hashlib
import re
from pathlib import Path

from emoji_api.errors import DataError
from emoji_api.tasks import SENTIMENT
from emoji_api.training.data.readers.splits import Dataset, Split, file_record, read_table


def read_phrases(folder: Path) -> Dataset:
    """Kaggle's "Tweet Sentiment Extraction" (2020): a sentiment, and the span of the text that carries it.

    Two tenths of `train.csv`, by the hash of the tweet's id, are kept out of the train split: tenth 0 as `test`
    and tenth 1 as `validation`, since the competition's own test labels have no phrases. Texts keep their outer spaces;
    blank ones are left out.
    The spans of the train split are aligned, those of the others are as they were published.
    """
    path = folder / "train.csv"
    rows = read_table(path, ["textID", "text", "selected_text", "sentiment"])
    blank = [not row["text"].strip() for row in rows]
    for row, empty in zip(rows, blank, strict=True):
        if row["sentiment"] not in SENTIMENT.labels:
            raise DataError(f"{path}, tweet {row['textID']}: no known sentiment")
        if row["selected_text"] not in row["text"] and not empty:
            raise DataError(f"{path}, tweet {row['textID']}: the phrase is not in the text")
    tenths = [int(hashlib.sha256(row["textID"].encode()).hexdigest(), 16) % 10 for row in rows]
    places = [{0: "test", 1: "validation"}.get(tenth, "train") for tenth in tenths]
    published = [span_of(row["text"], row["selected_text"]) for row in rows]
    everything = Split(
        texts=[row["text"] for row in rows],
        labels=[SENTIMENT.labels.index(row["sentiment"]) for row in rows],
        ids=[f"tweet_sentiment_extraction/train:{row['textID']}" for row in rows],
        spans=[
            aligned(row["text"], span) if place == "train" else span
            for row, span, place in zip(rows, published, places, strict=True)
        ],
    )

    def part(name: str, *, empty: bool) -> Split:
        return everything.where((place, of_row) == (name, empty) for place, of_row in zip(places, blank, strict=True))

    names = ("train", "validation", "test")
    return Dataset(
        name="tweet_sentiment_extraction",
        task=SENTIMENT,
        splits={name: part(name, empty=False) for name in names},
        manifest={"tweet_sentiment_extraction/train.csv": file_record(path, blank.count(False))},
        left_out={name: part(name, empty=True) for name in names},
    )


def span_of(text: str, phrase: str) -> tuple[int, int]:
    """Where `phrase` first starts and ends in `text`."""
    start = text.find(phrase)
    return start, start + len(phrase)


def aligned(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """A published span, moved to the words that its annotator saw, and widened to whole words.

    The annotators saw runs of spaces joined, and their offsets were applied to the text with its runs: where that cuts
    a word and the same offsets in the joined text cut none, the latter are meant.
    """
    if not cuts_a_word(text, span):
        return whole_words(text, span)
    places = [place for place in range(len(text)) if text[place : place + 2] != "  "]
    joined = "".join(text[place] for place in places)
    if span[1] <= len(places) and not cuts_a_word(joined, span):
        return whole_words(text, (places[span[0]], places[span[1] - 1] + 1))
    return whole_words(text, span)


def cuts_a_word(text: str, span: tuple[int, int]) -> bool:
    """Whether a span begins or ends between two letters."""
    return any(0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum() for at in span)


def whole_words(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """A span without outer spaces, whose first and last words are whole."""
    words = [word.span() for word in re.finditer(r"\S+", text)]
    touched = [(start, end) for start, end in words if start < span[1] and end > span[0]]
    if not touched:
        return span
    # a word of which only punctuation is inside is not meant to be widened to
    start, end = span[0], span[1]
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return max(start, touched[0][0]), min(end, touched[-1][1])
