"""Feedback in the database: what is kept, reviewed, exported, forgotten."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from emoji_api.database.feedback import COLUMNS, exported, listed, purge, receive, review
from emoji_api.database.tables import Feedback

TEXT = "café 😂, what a day"


@pytest.fixture
def send(database):
    """Receives a feedback in a transaction of its own."""

    def one(text=TEXT, task="emotion", label="joy", consent=True, **more):
        with database.session() as session:
            return receive(session, text=text, task=task, label=label, consent=consent, **more)

    return one


@pytest.fixture
def rows(database):
    """What the table has, as dictionaries."""

    def read():
        with database.session() as session:
            found = session.execute(select(*Feedback.__table__.columns).order_by(Feedback.id))
            return [dict(row) for row in found.mappings()]

    return read


def test_what_is_kept_with_consent(send, rows):
    before = datetime.now(UTC)
    assert send(request_id="abc") == (1, True)
    (row,) = rows()
    assert before <= row.pop("created_at") <= datetime.now(UTC)
    assert row == {
        "id": 1,
        "task": "emotion",
        "label": "joy",
        "text": TEXT,
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "request_id": "abc",
        "state": "new",
    }


def test_without_consent_nothing_of_the_text_is_kept(send, rows):
    send(consent=False, request_id="abc")
    (row,) = rows()
    assert (row["text"], row["request_id"]) == (None, None)
    assert row["text_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()


def test_the_same_feedback_is_kept_once(send, rows):
    first = send()[0]
    assert [send(), send(consent=False)] == [(first, False)] * 2
    assert [row["text"] for row in rows()] == [TEXT]


@pytest.mark.parametrize("other", [{"label": "love"}, {"task": "sentiment"}, {"text": f"{TEXT}!"}])
def test_another_text_task_or_label_is_another_feedback(send, other):
    first = send()[0]
    again = send(**other)
    assert again[1] and again[0] > first


def test_later_consent_adds_the_text(send, rows):
    first = send(consent=False)[0]
    assert send() == (first, False)
    assert [row["text"] for row in rows()] == [TEXT]


def test_duplicates_at_once_are_one_row(send, rows):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(), range(40)))
    assert len(rows()) == 1
    assert {number for number, _ in answers} == {rows()[0]["id"]}
    assert sum(new for _, new in answers) == 1


def test_only_what_was_accepted_is_exported(send, database):
    ids = [send(text)[0] for text in ("a", "b", "c")]
    with database.session() as session:
        assert review(session, ids[:2], "accepted") == []
        assert review(session, ids[2:], "rejected") == []
    with database.session() as session:
        assert [row["text"] for row in exported(session)] == ["a", "b"]
        assert [feedback.text for feedback in listed(session, state="rejected")] == ["c"]


def test_what_is_exported_is_what_a_training_reads(send, database):
    number = send()[0]
    with database.session() as session:
        (row,) = exported(session, state="new")
    assert tuple(row) == COLUMNS
    assert datetime.fromisoformat(row.pop("created_at")).utcoffset() == timedelta(0)
    assert row == {"id": number, "text": TEXT, "task": "emotion", "label": "joy"}


def test_what_has_no_text_is_neither_accepted_nor_exported(send, database):
    number = send(consent=False)[0]
    with database.session() as session:
        assert review(session, [number, 99], "accepted") == [number, 99]
        assert list(exported(session, state=None)) == []


def test_list_by_task_and_length(send, database):
    for text, task in (("a", "emotion"), ("b", "hate"), ("c", "emotion")):
        send(text, task)
    with database.session() as session:
        assert [feedback.text for feedback in listed(session, task="emotion")] == ["a", "c"]
        assert [feedback.text for feedback in listed(session, limit=2)] == ["a", "b"]


def test_more_than_a_chunk_is_listed(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.feedback.CHUNK", 2)
    with database.session() as session:
        for number in range(5):
            receive(session, text=str(number), task="emotion", label="joy", consent=True)
    with database.session() as session:
        assert [feedback.text for feedback in listed(session)] == list("01234")


def test_what_is_older_is_purged(send, database, rows):
    send("old")
    with database.session() as session:
        session.query(Feedback).update({"created_at": datetime.now(UTC) - timedelta(days=31)})
    young = send("young")[0]
    with database.session() as session:
        assert purge(session, datetime.now(UTC) - timedelta(days=30)) == 1
    assert [row["id"] for row in rows()] == [young]


def test_an_id_is_never_given_twice(send, database):
    first = send("old")[0]
    with database.session() as session:
        purge(session, datetime.now(UTC) + timedelta(days=1))
    assert send("new")[0] > first
