"""Texts and links from strangers, made safe for terminals, spreadsheets and pages."""

import pytest

from emoji_api.untrusted import printable, spreadsheet_cell, web_link


def test_control_characters_are_not_printed():
    assert printable("a\x1b[31m\nb\u2028\u202e😂 é") == "a [31m b  😂 é"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_formulas_are_neutralised(text):
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "fine", "a=1", "'=1", " =1", "😂"])
def test_other_texts_are_unchanged(text):
    assert spreadsheet_cell(text) == text


def test_carriage_returns_become_line_feeds():
    assert spreadsheet_cell("a\r\nb\rc") == "a\nb\nc"
    assert spreadsheet_cell("\r=1") == "'\n=1"


@pytest.mark.parametrize("link", ["http://posts.example/1", "HTTPS://posts.example/1?a=b#c"])
def test_addresses_of_the_web_are_links(link):
    assert web_link(link) == link


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "JavaScript:alert(1)", " https://x", "//x", "data:,x", "", None]
)
def test_other_addresses_are_no_links(link):
    assert web_link(link) is None
