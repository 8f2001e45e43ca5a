"""The reader of tweets with phrases, and the alignment of spans."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.tasks import SENTIMENT
from emoji_api.training.data.readers import Split, read_phrases
from emoji_api.training.data.readers.phrases import align_span, cuts_word, find_span, widen_to_words

HEADER = "textID,text,selected_text,sentiment\n"
# ids whose hashes put them into the test, validation and train split
TEST, VALIDATION, TRAIN = "18", "2", "0"


def phrases(folder: Path, rows: str) -> Path:
    (folder / "train.csv").write_bytes((HEADER + rows).encode())
    return folder


def rows_of(folder: Path, rows: str) -> list[tuple[str, str, str]]:
    """Return text, phrase and sentiment of the rows of all splits."""
    splits = read_phrases(phrases(folder, rows)).splits.values()
    return [
        (text, text[start:end], SENTIMENT.labels[label])
        for split in splits
        for text, (start, end), label in zip(split.texts, split.spans, split.labels, strict=True)
    ]


def test_texts_phrases_and_sentiments_are_read(tmp_path: Path) -> None:
    rows = 'a1," so ""glad"", you",glad,positive\nb2,so sad,sad,negative\n'
    assert sorted(rows_of(tmp_path, rows)) == [
        (' so "glad", you', "glad", "positive"),
        ("so sad", "sad", "negative"),
    ]


def test_line_break_in_a_quoted_text_is_kept(tmp_path: Path) -> None:
    rows = 'a1,"so\nglad\r\nnow",glad,positive\n'
    assert rows_of(tmp_path, rows) == [("so\nglad\r\nnow", "glad", "positive")]


def test_blank_text_is_left_out(tmp_path: Path) -> None:
    rows = 'a1,,,neutral\nb2,"  ",,neutral\nc3,so so,so so,neutral\n'
    assert rows_of(tmp_path, rows) == [("so so", "so so", "neutral")]


def test_row_left_out_is_listed_under_its_split(tmp_path: Path) -> None:
    left_out = read_phrases(phrases(tmp_path, f"{VALIDATION}, ,,neutral\n{TRAIN},so glad,glad,positive\n")).left_out
    assert {name: len(split) for name, split in left_out.items()} == {"train": 0, "validation": 1, "test": 0}


def test_rows_are_split_by_the_hash_of_their_id(tmp_path: Path) -> None:
    rows = "".join(f"{number},text {number},text,neutral\n" for number in range(1000))
    splits = read_phrases(phrases(tmp_path, rows)).splits
    ids = [identity for split in splits.values() for identity in split.ids]
    assert len(set(ids)) == len(ids) == 1000
    assert all(50 < len(splits[name]) < 150 for name in ("validation", "test"))


def test_only_spans_of_the_train_split_are_aligned(tmp_path: Path) -> None:
    rows = "".join(f"{number},so happy,so hap,positive\n" for number in (TEST, VALIDATION, TRAIN))
    splits = read_phrases(phrases(tmp_path, rows)).splits
    phrases_by_split = {
        name: [text[slice(*span)] for text, span in zip(s.texts, s.spans, strict=True)] for name, s in splits.items()
    }
    assert phrases_by_split == {"test": ["so hap"], "validation": ["so hap"], "train": ["so happy"]}


def test_manifest_counts_the_rows_with_a_text(tmp_path: Path) -> None:
    manifest = read_phrases(phrases(tmp_path, "a1,so glad,glad,positive\nb2,,,neutral\n")).manifest
    assert manifest["tweet_sentiment_extraction/train.csv"]["rows"] == 1


@pytest.mark.parametrize("rows", ["a1,so glad,glad,happy\n", "a1,so glad\n"])
def test_unknown_sentiment_is_an_error(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DataError, match=r"train\.csv.*a1.*no known sentiment"):
        read_phrases(phrases(tmp_path, rows))


def test_phrase_that_is_not_in_the_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tweet a1: the phrase is not in the text"):
        read_phrases(phrases(tmp_path, "a1,so glad,sad,positive\n"))


def test_other_columns_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,tweet\n1,so glad\n")
    with pytest.raises(DataError, match=r"train\.csv has no column selected_text, sentiment, text, textID"):
        read_phrases(tmp_path)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.csv: no such file"):
        read_phrases(tmp_path)


@pytest.mark.parametrize(
    ("text", "published", "aligned"),
    [
        ("so happy today", "happy", "happy"),
        ("so happy today", " happy ", "happy"),
        ("so happy today", "appy", "happy"),  # a cut word is widened
        ("so happy, today", "happy", "happy"),  # but not over punctuation
        ("so happy!!! today", "happy!!", "happy!!"),
        # offsets in the text with collapsed spaces, applied to the original text
        ("is back home now      gonna miss every one", "onna", "miss"),
        ("so    good day", "  go", "good"),
        # the offsets cut a word in the collapsed text too
        ("so  unhappy today", "nhap", "unhappy"),
        ("it is so good", "it is so good", "it is so good"),
        (" so good ", " so good ", "so good"),
    ],
)
def test_published_phrase_is_aligned_to_words(text: str, published: str, aligned: str) -> None:
    start, end = align_span(text, find_span(text, published))
    assert text[start:end] == aligned


def test_first_of_equal_phrases_is_found() -> None:
    assert find_span("sad, so sad", "sad") == (0, 3)


@pytest.mark.parametrize(
    ("span", "cut"), [((3, 8), False), ((0, 14), False), ((4, 8), True), ((3, 7), True), ((2, 8), False)]
)
def test_span_that_cuts_a_word_is_detected(span: tuple[int, int], cut: bool) -> None:
    assert cuts_word("so happy today", span) is cut


def test_span_of_white_space_is_unchanged() -> None:
    assert widen_to_words("so   sad", (3, 4)) == (3, 4)


@pytest.fixture(scope="module")
def public(public_data: Path) -> dict[str, Split]:
    return read_phrases(public_data / "tweet_sentiment_extraction").splits


def test_public_data_set_has_its_known_sizes(public: dict[str, Split]) -> None:
    assert {name: len(split) for name, split in public.items()} == {
        "train": 22_004,
        "validation": 2_780,
        "test": 2_696,
    }
    assert all(len(split.spans) == len(split) for split in public.values())


def test_public_train_phrases_have_whole_words(public: dict[str, Split]) -> None:
    def share_cut(split: Split) -> float:
        cuts = [cuts_word(text, span) for text, span in zip(split.texts, split.spans, strict=True)]
        return sum(cuts) / len(cuts)

    assert share_cut(public["test"]) > 0.04  # as published
    assert share_cut(public["train"]) < 0.001
    assert all(end > start >= 0 for start, end in public["train"].spans)
