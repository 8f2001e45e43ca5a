"""Rows of JSON lines and CSV files."""

from emoji_api.rows import MalformedRow, csv_rows, json_rows


def test_lines_of_json_are_numbered_by_line():
    lines = ['{"text": "one"}\n', " \n", '"two"\n', "three\n", "[" * 100_000]
    assert list(json_rows(lines)) == [
        (1, {"text": "one"}),
        (3, "two"),
        (4, MalformedRow("not JSON")),
        (5, MalformedRow("not JSON")),
    ]


def test_records_of_csv_are_numbered_by_record():
    lines = ["text;id\n", '"two\n', 'lines; and more";1\n', "\n", '"quote" inside;2\n', "good;3\n"]
    assert list(csv_rows(lines, ";")) == [
        (1, ["text", "id"]),
        (2, ["two\nlines; and more", "1"]),
        (4, MalformedRow("not CSV: ';' expected after '\"'")),
        (5, ["good", "3"]),
    ]


def test_quote_that_is_not_closed_is_malformed():
    assert list(csv_rows(['"never closed\n', "next\n"])) == [(1, MalformedRow("not CSV: unexpected end of data"))]
