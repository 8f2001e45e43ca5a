"""Posts in JSON lines, CSV and Parquet files: columns, filters, pages, malformed rows and unreadable files."""

import csv
import json
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emoji_api.errors import SourceError
from emoji_api.watch.sources import Post, open_source

FIRST = {"id": "1", "time": "2026-10-01T08:00:00Z", "text": "Nimbus Coffee, what a day 😂"}
SECOND = {"id": "2", "time": "2026-10-02T10:00:00+02:00", "text": 'NIMBUS, again,\nand "again"'}
SECOND |= {"language": "en", "link": "https://posts.example/2", "author": "anna"}
COLUMNS = ("id", "time", "text", "language", "link", "author")
POSTS = [
    Post(id="1", time=datetime(2026, 10, 1, 8, tzinfo=UTC), text=FIRST["text"]),
    Post(id="2", time=datetime(2026, 10, 2, 8, tzinfo=UTC), **{name: SECOND[name] for name in COLUMNS[2:]}),
]


def write_jsonl(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path, rows):
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in COLUMNS}), path)


WRITERS = {"jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet}


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    """Write rows to a file of each format and return its path."""

    def write_rows(rows):
        path = tmp_path / f"posts.{request.param}"
        WRITERS[request.param](path, rows)
        return path

    return write_rows


def pages(path, query="", since=None, until=None):
    source = open_source("file", {"path": str(path)})
    return list(source.search(query, since=since, until=until, cursor=None))


def posts(path, query="", **more):
    return [post for page in pages(path, query, **more) for post in page.posts]


def ids(path, query="", **more):
    return [post.id for post in posts(path, query, **more)]


def test_posts_are_read_with_their_columns(write):
    assert posts(write([FIRST, SECOND])) == POSTS


@pytest.mark.parametrize(
    ("query", "found"),
    [("", ["1", "2"]), ("*", ["1", "2"]), ("nimbus coffee", ["1"]), (" AGAIN ", ["2"]), ("tea", [])],
)
def test_query_selects_texts_whatever_their_case(write, query, found):
    assert ids(write([FIRST, SECOND]), query) == found


def test_since_is_inclusive_and_until_is_exclusive(write):
    path = write([FIRST, SECOND])
    first, second = (post.time for post in POSTS)
    assert ids(path, since=first, until=second) == ["1"]
    assert ids(path, since=first + timedelta(seconds=1)) == ["2"]
    assert ids(path, since=second) == ["2"]


def test_pages_have_1000_posts(write):
    found = pages(write([FIRST | {"id": str(number)} for number in range(2500)]))
    assert [len(page.posts) for page in found] == [1000, 1000, 500]
    assert [post.id for page in found for post in page.posts] == [str(number) for number in range(2500)]


def test_empty_file_has_no_posts(write):
    assert posts(write([])) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "no id"),
        ({"text": " "}, "no text"),
        ({"time": ""}, "no time"),
        ({"time": "yesterday"}, "the time 'yesterday' is not ISO 8601, such as 2026-10-01T08:30:00Z"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "the time '0001-01-01T00:00:00+14:00' is not ISO 8601"),
    ],
)
def test_malformed_row_is_rejected_and_the_others_are_kept(write, change, reason):
    path = write([FIRST, FIRST | change, SECOND])
    (page,) = pages(path)
    row = 3 if path.suffix == ".csv" else 2  # the header of a CSV file is row 1
    assert [post.id for post in page.posts] == ["1", "2"]
    assert len(page.rejected) == 1
    assert page.rejected[0].startswith(f"row {row}: {reason}")


def test_malformed_lines_of_json(tmp_path):
    path = tmp_path / "posts.jsonl"
    good = json.dumps(FIRST).encode()
    lines = [b"{", b"[" * 100_000, b"7", b'{"id": 1.5}', b"", good.replace(b"Nimbus", b"\xff"), b"\xef\xbb\xbf", good]
    path.write_bytes(b"\n".join(lines))
    (page,) = pages(path)
    assert page.rejected == [
        "row 1: not JSON",
        "row 2: not JSON",
        "row 3: not a JSON object",
        "row 4: id is not a string",
        "row 6: text is not UTF-8",
        "row 7: not JSON",
    ]
    assert page.posts == POSTS[:1]


def test_malformed_records_of_csv(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_bytes(
        b"\xef\xbb\xbftext,id,extra,time\n"
        b'"two\nlines",1,,2026-10-01\n'
        b"too,short\n"
        b'"quote" inside,2,,2026-10-01\n'
        b"caf\xe9,3,,2026-10-01\n" + b"x" * 200_000 + b",4,,2026-10-01\n"
        b"\n"
        b"good,5,,2026-10-01T12:00\n"
    )
    (page,) = pages(path)
    assert page.rejected == [
        "row 3: 2 of 4 columns",
        "row 4: not CSV: ',' expected after '\"'",
        "row 5: text is not UTF-8",
        "row 6: not CSV: field larger than field limit (131072)",
    ]
    assert [(post.id, post.text, post.time.hour) for post in page.posts] == [("1", "two\nlines", 0), ("5", "good", 12)]


def test_parquet_timestamps_and_numeric_ids(tmp_path):
    zone = timezone(timedelta(hours=2))
    times = {
        "naive": pa.array([datetime(2026, 10, 1, 8)], pa.timestamp("ns")),
        "nanoseconds": pa.array([1_790_841_600_000_000_001], pa.timestamp("ns", "UTC")),
        "zone": pa.array([datetime(2026, 10, 1, 10, tzinfo=zone)], pa.timestamp("ms", "Europe/Berlin")),
    }
    for name, time in times.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"id": pa.array([7]), "time": time, "text": ["x"]}), path)
        assert posts(path) == [Post(id="7", time=datetime(2026, 10, 1, 8, tzinfo=UTC), text="x")], name


@pytest.mark.parametrize("name", ["posts.csv", "posts.parquet"])
def test_file_without_a_required_column_is_an_error(tmp_path, name):
    (tmp_path / "posts.csv").write_text("id,text\n1,x\n")
    pq.write_table(pa.table({"id": ["1"], "text": ["x"]}), tmp_path / "posts.parquet")
    with pytest.raises(SourceError, match="no column time; a file of posts has id, time, text"):
        pages(tmp_path / name)


def test_damaged_parquet_file_is_an_error(tmp_path):
    (tmp_path / "posts.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(SourceError, match="not a Parquet file, or a damaged one"):
        pages(tmp_path / "posts.parquet")


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(SourceError, match=f"no file {tmp_path}/posts.csv; set the option path"):
        open_source("file", {"path": f"{tmp_path}/posts.csv"})


def test_unknown_suffix_is_an_error(tmp_path):
    with pytest.raises(SourceError, match=r"posts.xlsx: a file of posts is named \*.jsonl, \*.csv or \*.parquet"):
        open_source("file", {"path": f"{tmp_path}/posts.xlsx"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "the source file needs the option path; its options are path"),
        ({"pth": "posts.csv"}, "the source file has no option pth; its options are path"),
    ],
)
def test_wrong_options_are_an_error(options, message):
    with pytest.raises(SourceError, match=message):
        open_source("file", options)
