"""Splits keep their rows together, and are kept apart."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.readers.splits import (
    Split,
    clean_train,
    file_record,
    read_table,
    read_text,
    require_file,
    text_key,
    without_leaks,
)


@pytest.fixture
def letters() -> Split:
    """Six texts, each with a label, an id and a span of its own."""
    return Split(
        texts=list("abcdef"),
        labels=list(range(6)),
        ids=[f"row {letter}" for letter in "abcdef"],
        spans=[(number, number + 1) for number in range(6)],
    )


def test_where_keeps_what_belongs_to_a_row(letters: Split) -> None:
    kept = letters.where(letter in "be" for letter in "abcdef")
    assert kept == Split(texts=["b", "e"], labels=[1, 4], ids=["row b", "row e"], spans=[(1, 2), (4, 5)])


def test_where_of_a_split_without_ids_and_spans() -> None:
    assert Split(texts=["a", "b"], labels=[0, 1]).where([False, True]) == Split(texts=["b"], labels=[1])


def test_a_sample_keeps_rows_whole_and_in_order(letters: Split) -> None:
    sample = letters.sample(4, 7)
    assert len(set(sample.texts)) == 4
    assert sample.texts == sorted(sample.texts)
    assert sample == letters.where(letter in sample.texts for letter in letters.texts)


def test_a_sample_depends_on_the_seed_alone(letters: Split) -> None:
    assert letters.sample(3, 7) == letters.sample(3, 7)
    assert len({tuple(letters.sample(3, seed).texts) for seed in range(20)}) > 5


@pytest.mark.parametrize(("rows", "size"), [(0, 0), (6, 6), (99, 6)])
def test_a_sample_has_at_most_all(letters: Split, rows: int, size: int) -> None:
    assert len(letters.sample(rows, 7)) == size


@pytest.mark.parametrize("text", ["So  glad", "so glad https://t.co/a", " so\tGLAD "])
def test_texts_that_are_the_same(text: str) -> None:
    assert text_key(text) == text_key("so glad")


def test_a_text_of_two_labels_is_left_out_of_train() -> None:
    train = Split(texts=["so odd", "so glad", "So odd"], labels=[5, 1, 4], ids=["1", "2", "3"])
    assert clean_train(train, []) == Split(texts=["so glad"], labels=[1], ids=["2"])


def test_a_repeated_text_is_kept_once() -> None:
    assert clean_train(Split(texts=["so glad", "so GLAD"], labels=[1, 1]), []).texts == ["so glad"]


@pytest.mark.parametrize("text", ["", " ", "https://t.co/a"])
def test_a_text_without_words_is_left_out(text: str) -> None:
    assert clean_train(Split(texts=[text, "so glad"], labels=[1, 1]), []).texts == ["so glad"]


def test_a_held_out_text_is_left_out_of_train_only() -> None:
    held_out = Split(texts=["so glad", "so sad"], labels=[1, 0])
    train = Split(texts=["So glad https://t.co/a", "so mad"], labels=[1, 3])
    assert clean_train(train, [held_out]).texts == ["so mad"]
    assert held_out.texts == ["so glad", "so sad"]


def test_a_leaked_text_is_left_out_of_what_is_held_out() -> None:
    train = Split(texts=["So glad https://t.co/a", "so mad"], labels=[1, 3])
    held_out = Split(texts=["so glad https://t.co/b", "so sad"], labels=[1, 0], ids=["1", "2"])
    assert without_leaks(held_out, train) == Split(texts=["so sad"], labels=[0], ids=["2"])


def test_an_entry_has_the_sha256_and_the_rows(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert file_record(require_file(tmp_path / "file"), 3) == {"sha256": published, "rows": 3}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        require_file(tmp_path)


@pytest.mark.parametrize("content", [b"caf\xe9", b"\xff\xfe", b"\xed\xa0\xbd", b"cut off \xf0\x9f"])
def test_a_line_that_is_not_utf8_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(b"caf\xc3\xa9\r\nso glad\n" + content + b"\n")
    with pytest.raises(DataError, match="file, line 3: not UTF-8"):
        read_text(tmp_path / "file")


def test_line_ends_are_one_character_or_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"so\r\nglad\n")
    assert (read_text(tmp_path / "file"), read_text(tmp_path / "file", newline="")) == ("so\nglad\n", "so\r\nglad\n")


def test_a_cell_that_a_row_of_a_table_lacks_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_text('text,label\n"so\nglad",1\nso sad\n')
    assert read_table(tmp_path / "file", ["text", "label"]) == [
        {"text": "so\nglad", "label": "1"},
        {"text": "so sad", "label": ""},
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no column label, text"),
        ("text\nso glad\n", "no column label"),
        ("text,label\n" + "x" * 200_000, "after line 1: field larger"),
    ],
)
def test_what_is_no_such_table(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(DataError, match=reason):
        read_table(tmp_path / "file", ["text", "label"])
