"""Queries of posts: filters, cursors, and the index that serves them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from emoji_api.database.tables import Company
from emoji_api.errors import InvalidRange
from emoji_api.watch.posts import PostCursor, PostFilter, read_posts
from emoji_api.watch.statistics import UNCERTAIN
from emoji_api.watch.store import forget_post

DAY = date(2026, 10, 1)


def texts(page):
    return [post.text for post in page.posts]


def read(session, company, limit=10, before=None, **wanted):
    return read_posts(session, company, PostFilter(**wanted), limit=limit, before=before)


def test_page_says_where_the_next_one_starts(session, company, add_post):
    for text in ("a", "b", "c"):
        add_post(DAY, text)
    first = read(session, company, limit=2)
    second = read(session, company, limit=2, before=PostCursor.parse(first.next))
    assert (texts(first), texts(second), second.next) == (["c", "b"], ["a"], None)


def test_exact_page_is_the_last_one(session, company, add_post):
    add_post(DAY)
    assert read(session, company, limit=1).next is None


def test_posts_of_another_company_and_forgotten_ones_are_left_out(session, company, add_post):
    other = Company(name="other", query="other", source="file")
    session.add(other)
    session.flush()
    kept, forgotten = add_post(DAY, "kept"), add_post(DAY, "forgotten")
    forget_post(session, company, forgotten.post_id)
    assert [post.id for post in read(session, company).posts] == [kept.id]
    assert read(session, other).posts == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["hallo", "Wow 100%", "meh", "good coffee"]),
        ({"first": DAY + timedelta(1)}, ["hallo", "Wow 100%"]),
        ({"last": DAY}, ["meh", "good coffee"]),
        ({"first": date.min, "last": date.max}, ["hallo", "Wow 100%", "meh", "good coffee"]),
        ({"sentiment": "positive"}, ["Wow 100%", "good coffee"]),
        ({"emotion": "joy"}, ["good coffee"]),
        ({"emotion": "surprise"}, ["Wow 100%"]),
        ({"emotion": UNCERTAIN}, ["meh"]),
        ({"language": "de"}, ["hallo"]),
        ({"text": "wOW"}, ["Wow 100%"]),
        ({"text": "0%"}, ["Wow 100%"]),
        ({"text": "1%0"}, []),
        ({"sentiment": "positive", "last": DAY, "text": "o"}, ["good coffee"]),
    ],
)
def test_filter_selects_posts(session, company, add_post, wanted, expected):
    add_post(DAY, "good coffee", hour=1, sentiment="positive", emotion="joy", confidence=0.5)
    add_post(DAY, "meh", hour=2, sentiment="neutral", emotion="joy", confidence=0.49)
    add_post(DAY + timedelta(1), "Wow 100%", hour=3, sentiment="positive", emotion="surprise")
    add_post(DAY + timedelta(1), "hallo", hour=4, language="de")
    assert texts(read(session, company, **wanted)) == expected


def test_range_upside_down_is_an_error(session, company):
    with pytest.raises(InvalidRange, match="2026-10-02"):
        read(session, company, first=DAY + timedelta(1), last=DAY)


@pytest.mark.parametrize(
    "time",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(2026, 10, 1, 12, 30, 15, 123_456, UTC),
    ],
)
def test_cursor_keeps_microseconds(time):
    cursor = PostCursor(time=time, id=17)
    assert PostCursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "1", "_", "1_", "_1", "1_-1", "1.5_1", " 1_1", f"1_{2**31}", f"{10**18 - 1}_1"])
def test_other_text_is_no_cursor(text):
    with pytest.raises(ValueError, match="is not a cursor"):
        PostCursor.parse(text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("wanted", [{}, {"first": DAY}, {"first": DAY, "last": DAY}, {"emotion": "joy", "text": "a"}])
@pytest.mark.parametrize("before", [None, PostCursor(time=datetime(2026, 10, 1, tzinfo=UTC), id=1)])
def test_sqlite_reads_posts_in_the_order_of_the_index(session, company, engine, wanted, before):
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *event: statements.append(event[2:4]))
    read(session, company, before=before, **wanted)
    ((statement, parameters),) = statements
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert [row.detail.partition(" (")[0] for row in plan] == ["SEARCH posts USING INDEX ix_posts_company_id_time"]
    bounds = bool(wanted.get("first")), bool(before or wanted.get("last"))
    assert ("time>" in plan[0].detail, "time<" in plan[0].detail) == bounds
