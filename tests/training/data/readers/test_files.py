"""Text and CSV files: content, and errors that name the file and line."""

from pathlib import Path

import pytest

from emoji_api.errors import DataError
from emoji_api.training.data.readers.files import file_record, read_table, read_text, require_file


def test_record_has_the_sha256_and_the_rows(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert file_record(require_file(tmp_path / "file"), 3) == {"sha256": published, "rows": 3}


def test_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        require_file(tmp_path)


@pytest.mark.parametrize("content", [b"caf\xe9", b"\xff\xfe", b"\xed\xa0\xbd", b"cut off \xf0\x9f"])
def test_error_names_the_line_that_is_not_utf8(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(b"caf\xc3\xa9\r\nso glad\n" + content + b"\n")
    with pytest.raises(DataError, match="file, line 3: not UTF-8"):
        read_text(tmp_path / "file")


def test_line_ends_are_translated_unless_newline_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"so\r\nglad\n")
    assert (read_text(tmp_path / "file"), read_text(tmp_path / "file", newline="")) == ("so\nglad\n", "so\r\nglad\n")


def test_missing_cell_is_an_empty_string(tmp_path: Path) -> None:
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
def test_invalid_table_is_an_error(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(DataError, match=reason):
        read_table(tmp_path / "file", ["text", "label"])
