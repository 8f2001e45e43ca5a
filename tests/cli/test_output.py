"""Tables as plain text, JSON and escapes."""

import json

import pytest

from emoji_api.cli.output import Column, aligned, print_table, to_json
from emoji_api.untrusted import escaped

COLUMNS = (Column("name"), Column("rows", right=True), Column("text"))
ROWS = [["hate", "12", "a\tb"], ["emotion", "1", ""]]


def test_plain_table_is_aligned_below_its_headings() -> None:
    assert aligned(COLUMNS, ROWS) == ["name     rows  text", r"hate       12  a\tb", "emotion     1"]
    assert aligned(COLUMNS, ROWS, headings=False)[0] == r"hate     12  a\tb"


def test_table_with_a_separator_is_for_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(COLUMNS, ROWS, separator="\t")
    assert capsys.readouterr().out == "hate\t12\ta\\tb\nemotion\t1\t\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so happy 👨‍👩‍👧 ❤️", "so happy 👨‍👩‍👧 ❤️"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x1b[31mred \x07\x9b2J", r"\x1b[31mred \x07\x9b2J"),
        ("over\u202eride \u2067", r"over\u202eride \u2067"),
        ("half \ud83d", r"half \ud83d"),
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_json_is_readable_and_has_no_control_characters() -> None:
    document = {"text": "joy 😂 \x1b[0m \x9b \u202e \u2028 \ud83d"}
    text = to_json(document)
    assert "😂" in text and text.replace("😂", "").isascii() and text.isprintable()
    assert json.loads(text) == document
