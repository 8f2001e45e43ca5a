"""The phrases of tweets are where their annotators saw them."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import SENTIMENT
from emoji_api.training.data.readers import Split, read_phrases
from emoji_api.training.data.readers.phrases import aligned, cuts_a_word, span_of, whole_words

HEADER = "textID,text,selected_text,sentiment\n"
# by the hashes of their ids these are in the test, validation and train split
TEST, VALIDATION, TRAIN = "18", "2", "0"


def phrases(folder: Path, rows: str) -> Path:
    (folder / "train.csv").write_bytes((HEADER + rows).encode())
    return folder


def rows_of(folder: Path, rows: str) -> list[tuple[str, str, str]]:
    """Text, phrase and sentiment of the rows of all splits."""
    splits = read_phrases(phrases(folder, rows)).splits.values()
    return [
        (text, text[start:end], SENTIMENT.labels[label])
        for split in splits
        for text, (start, end), label in zip(split.texts, split.spans, split.labels, strict=True)
    ]


def test_texts_phrases_and_sentiments(tmp_path: Path) -> None:
    rows = 'a1," so ""glad"", you",glad,positive\nb2,so sad,sad,negative\n'
    assert sorted(rows_of(tmp_path, rows)) == [
        (' so "glad", you', "glad", "positive"),
        ("so sad", "sad", "negative"),
    ]


def test_a_line_break_in_a_quoted_text(tmp_path: Path) -> None:
    rows = 'a1,"so\nglad\r\nnow",glad,positive\n'
    assert rows_of(tmp_path, rows) == [("so\nglad\r\nnow", "glad", "positive")]


def test_a_row_without_a_text_is_left_out(tmp_path: Path) -> None:
    rows = 'a1,,,neutral\nb2,"  ",,neutral\nc3,so so,so so,neutral\n'
    assert rows_of(tmp_path, rows) == [("so so", "so so", "neutral")]


def test_what_was_left_out_is_in_the_split_of_its_id(tmp_path: Path) -> None:
    left_out = read_phrases(phrases(tmp_path, f"{VALIDATION}, ,,neutral\n{TRAIN},so glad,glad,positive\n")).left_out
    assert {name: len(split) for name, split in left_out.items()} == {"train": 0, "validation": 1, "test": 0}


def test_rows_are_split_by_the_hash_of_their_id(tmp_path: Path) -> None:
    rows = "".join(f"{number},text {number},text,neutral\n" for number in range(1000))
    splits = read_phrases(phrases(tmp_path, rows)).splits
    ids = [identity for split in splits.values() for identity in split.ids]
    assert len(set(ids)) == len(ids) == 1000
    assert all(50 < len(splits[name]) < 150 for name in ("validation", "test"))


def test_only_the_spans_of_the_train_split_are_aligned(tmp_path: Path) -> None:
    rows = "".join(f"{number},so happy,so hap,positive\n" for number in (TEST, VALIDATION, TRAIN))
    splits = read_phrases(phrases(tmp_path, rows)).splits
    given = {
        name: [text[slice(*span)] for text, span in zip(s.texts, s.spans, strict=True)] for name, s in splits.items()
    }
    assert given == {"test": ["so hap"], "validation": ["so hap"], "train": ["so happy"]}


def test_the_manifest_counts_the_rows_that_are_read(tmp_path: Path) -> None:
    manifest = read_phrases(phrases(tmp_path, "a1,so glad,glad,positive\nb2,,,neutral\n")).manifest
    assert manifest["tweet_sentiment_extraction/train.csv"]["rows"] == 1


@pytest.mark.parametrize("rows", ["a1,so glad,glad,happy\n", "a1,so glad\n"])
def test_a_bad_sentiment(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DataError, match=r"train\.csv.*a1.*no known sentiment"):
        read_phrases(phrases(tmp_path, rows))


def test_a_phrase_of_another_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tweet a1: the phrase is not in the text"):
        read_phrases(phrases(tmp_path, "a1,so glad,sad,positive\n"))


def test_other_columns(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,tweet\n1,so glad\n")
    with pytest.raises(DataError, match=r"train\.csv has no column selected_text, sentiment, text, textID"):
        read_phrases(tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.csv: no such file"):
        read_phrases(tmp_path)


@pytest.mark.parametrize(
    ("text", "published", "meant"),
    [
        ("so happy today", "happy", "happy"),
        ("so happy today", " happy ", "happy"),
        ("so happy today", "appy", "happy"),  # a word that is cut is widened
        ("so happy, today", "happy", "happy"),  # but not to its punctuation
        ("so happy!!! today", "happy!!", "happy!!"),
        # offsets of a text whose spaces were joined, applied to the one that has them
        ("is back home now      gonna miss every one", "onna", "miss"),
        ("so    good day", "  go", "good"),
        # which does not help where they cut a word of that one too
        ("so  unhappy today", "nhap", "unhappy"),
        ("it is so good", "it is so good", "it is so good"),
        (" so good ", " so good ", "so good"),
    ],
)
def test_alignment(text: str, published: str, meant: str) -> None:
    start, end = aligned(text, span_of(text, published))
    assert text[start:end] == meant


def test_the_first_of_equal_phrases_is_meant() -> None:
    assert span_of("sad, so sad", "sad") == (0, 3)


@pytest.mark.parametrize(
    ("span", "cut"), [((3, 8), False), ((0, 14), False), ((4, 8), True), ((3, 7), True), ((2, 8), False)]
)
def test_cuts_a_word(span: tuple[int, int], cut: bool) -> None:
    assert cuts_a_word("so happy today", span) is cut


def test_a_span_of_white_space_stays() -> None:
    assert whole_words("so   sad", (3, 4)) == (3, 4)


@pytest.fixture(scope="module")
def public(public_data: Path) -> dict[str, Split]:
    return read_phrases(public_data / "tweet_sentiment_extraction").splits


def test_the_public_set(public: dict[str, Split]) -> None:
    assert {name: len(split) for name, split in public.items()} == {
        "train": 22_004,
        "validation": 2_780,
        "test": 2_696,
    }
    assert all(len(split.spans) == len(split) for split in public.values())


def test_public_phrases_of_training_have_whole_words(public: dict[str, Split]) -> None:
    def cut(split: Split) -> float:
        cuts = [cuts_a_word(text, span) for text, span in zip(split.texts, split.spans, strict=True)]
        return sum(cuts) / len(cuts)

    assert cut(public["test"]) > 0.04  # as they were published
    assert cut(public["train"]) < 0.001
    assert all(end > start >= 0 for start, end in public["train"].spans)
