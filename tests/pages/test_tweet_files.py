"""Files of tweets: formats, columns, malformed rows, and files that cannot be read."""

import pytest

from emoji_api.errors import TextColumnMissing, TooManyTweets, TweetFileError, UnknownTweetFormat
from emoji_api.pages.tweet_files import read_tweets
from emoji_api.rows import MalformedRow

TEXTS = ["so happy, finally", 'she said "no"', "مرحبا 😂"]
CSV = 'id,text\n1,"so happy, finally"\n2,"she said ""no"""\n3,مرحبا 😂\n'
JSON_LINES = '{"id": 1, "text": "so happy, finally"}\n"she said \\"no\\""\n\n{"text": "\\u0645رحبا 😂"}\n'
PLAIN = 'so happy, finally\nshe said "no"\n\nمرحبا 😂'


def read(content, name="tweets.csv", media_type="", column=None, max_rows=10):
    data = content if isinstance(content, bytes) else content.encode()
    return read_tweets(name, media_type, data, column=column, max_rows=max_rows)


def texts(*arguments, **options):
    return [text for _, text in read(*arguments, **options).rows]


def numbers(*arguments, **options):
    return [number for number, _ in read(*arguments, **options).rows]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (CSV, "tweets.csv"),
        (CSV, "TWEETS.CSV"),
        ("\ufeff" + CSV, "tweets.csv"),
        (CSV.replace("\n", "\r\n"), "tweets.csv"),
        (CSV.replace(",text", ";text").replace(',"', ';"').replace("3,", "3;"), "tweets.csv"),
        (CSV.replace(",text", "\ttext").replace(',"', '\t"').replace("3,", "3\t"), "tweets.tsv"),
        (JSON_LINES, "tweets.jsonl"),
        (JSON_LINES, "tweets.ndjson"),
        ("\ufeff" + JSON_LINES, "tweets.json"),
        (PLAIN, "tweets.txt"),
        ("\ufeff" + PLAIN.replace("\n", "\r\n"), "tweets.txt"),
        (PLAIN, "tweets"),
        (JSON_LINES, "tweets"),
    ],
)
def test_every_format_is_read(content, name):
    assert texts(content, name) == TEXTS


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("text/csv", CSV),
        ("application/json", JSON_LINES),
        ("application/x-ndjson", JSON_LINES),
        ("text/plain", PLAIN),
    ],
)
def test_media_type_tells_the_format_of_an_unknown_suffix(media_type, content):
    assert texts(content, "tweets.data", media_type) == TEXTS


def test_suffix_counts_more_than_the_media_type():
    assert texts(CSV, "tweets.csv", "application/vnd.ms-excel") == TEXTS


def test_rows_are_numbered_as_in_the_file():
    assert numbers('text\n"two\nlines"\nnext\n') == [2, 3]
    assert numbers(JSON_LINES, "tweets.jsonl") == [1, 2, 4]
    assert numbers(PLAIN, "tweets.txt") == [1, 2, 4]


def test_lines_end_with_line_feeds_only():
    assert texts("one\u2028still one\x0bstill\ntwo", "tweets.txt") == ["one\u2028still one\x0bstill", "two"]


@pytest.mark.parametrize("name", [r"C:\fakepath\tweets.csv", "../../tweets.csv", "tweets.csv"])
def test_name_has_no_folders(name):
    assert read(CSV, name).name == "tweets.csv"


@pytest.mark.parametrize(
    ("header", "column", "chosen"),
    [
        ("id,text,tweet", None, "text"),
        ("tweet,id,body", None, "tweet"),
        (" Tweet ,id,body", None, " Tweet "),
        ("text,id,notes", "notes", "notes"),
        ("text,id,Notes", "notes", "Notes"),
        ("a,b,ids", "b", "b"),
    ],
)
def test_column_has_a_known_name_or_is_chosen(header, column, chosen):
    file = read(f"{header}\n0,1,2\n", column=column)
    assert file.column == chosen
    assert file.rows == [(2, str(header.split(",").index(chosen)))]


def test_field_of_json_lines_has_a_known_name_or_is_chosen():
    content = '{"Body": "one", "note": "two"}'
    assert read(content, "x.jsonl").column == "Body" and texts(content, "x.jsonl", column="note") == ["two"]


@pytest.mark.parametrize("content", ["first\nwith, comma\nsemi; colon\n", '"first"\n"with, comma"\n"semi; colon"\n'])
def test_one_column_needs_neither_a_header_nor_quotes(content):
    assert read(content).column is None
    assert texts(content) == ["first", "with, comma", "semi; colon"]
    assert texts("Text\n" + content) == ["first", "with, comma", "semi; colon"]
    assert texts("anything\n" + content, column="anything") == ["first", "with, comma", "semi; colon"]


@pytest.mark.parametrize(
    ("content", "name", "column", "columns"),
    [
        ("id,words\n1,x\n", "x.csv", None, ["id", "words"]),
        ("id;words\n1;x\n", "x.csv", None, ["id", "words"]),
        ("text,id\nx,1\n", "x.csv", "words", ["text", "id"]),
        ("text\nx\n", "x.csv", "words", ["text"]),
        ('{"id": 1}\n{"words": "x"}\n', "x.jsonl", None, ["id", "words"]),
        (",".join(f"c{n}" for n in range(100)), "x.csv", None, [f"c{n}" for n in range(30)]),
    ],
)
def test_unknown_column_is_an_error_with_those_that_exist(content, name, column, columns):
    with pytest.raises(TextColumnMissing, match=column or "known name") as caught:
        read(content, name, column=column)
    assert caught.value.columns == columns


def test_malformed_records_of_csv_keep_their_place():
    content = 'id,text\n1,one\n2,two, three\n3\n"4"x,four\n5,five\n'
    assert read(content).rows == [
        (2, "one"),
        (3, MalformedRow("3 instead of 2 columns; a text with ',' needs quotes")),
        (4, MalformedRow("1 instead of 2 columns")),
        (5, MalformedRow("not CSV: ',' expected after '\"'")),
        (6, "five"),
    ]


def test_malformed_lines_of_json_keep_their_place():
    content = '{"text": "one"}\n{\n7\n{"text": 7}\n{"words": "x"}\n' + "[" * 100_000
    assert read(content, "x.jsonl").rows == [
        (1, "one"),
        (2, MalformedRow("not JSON")),
        (3, MalformedRow("neither a JSON object nor a string")),
        (4, MalformedRow("'text' is not a string")),
        (5, MalformedRow("no field 'text'")),
        (6, MalformedRow("not JSON")),
    ]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"text\nfine\ncaf\xe9\n", "x.csv", "line 3 of the file is not UTF-8"),
        ("text\nfine\n".encode("utf-16"), "x.csv", "line 1 of the file is not UTF-8"),
        (b"", "x.csv", "no tweets"),
        (b"\xef\xbb\xbf", "x.txt", "no tweets"),
        (b"text,id\n", "x.csv", "no tweets"),
        (b" \n\n", "x.txt", "no tweets"),
        (b"\n \n", "x.jsonl", "no tweets"),
        (b'"text"x,id\n1,2\n', "x.csv", "the first row of the file is not CSV"),
        (b'[{"text": "one"}]', "x.json", "JSON array"),
    ],
)
def test_unreadable_files_are_errors(content, name, message):
    with pytest.raises(TweetFileError, match=message):
        read(content, name)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("tweets.xlsx", "application/octet-stream"), ("photo.png", "image/png"), ("tweets", "image/png")],
)
def test_other_formats_are_errors(name, media_type):
    with pytest.raises(UnknownTweetFormat, match=f"{name}' is neither CSV"):
        read(b"PK\x03\x04", name, media_type)


@pytest.mark.parametrize(("content", "name"), [(CSV, "x.csv"), (JSON_LINES, "x.jsonl"), (PLAIN, "x.txt")])
def test_rows_are_limited(content, name):
    assert len(texts(content, name, max_rows=3)) == 3
    with pytest.raises(TooManyTweets, match="more than 2 tweets"):
        read(content, name, max_rows=2)
