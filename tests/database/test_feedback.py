"""Feedback in the database: stored, reviewed, listed, exported and purged."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from emoji_api.database.feedback import COLUMNS, export_rows, list_feedback, purge, receive, review
from emoji_api.database.tables import Feedback

TEXT = "café 😂, what a day"


@pytest.fixture
def send(database):
    """Return a function that stores feedback in its own transaction."""

    def send_one(text=TEXT, task="emotion", label="joy", consent=True, **more):
        with database.session() as session:
            return receive(session, text=text, task=task, label=label, consent=consent, **more)

    return send_one


@pytest.fixture
def rows(database):
    """Return a function that reads the rows of the table as dictionaries."""

    def read():
        with database.session() as session:
            result = session.execute(select(*Feedback.__table__.columns).order_by(Feedback.id))
            return [dict(row) for row in result.mappings()]

    return read


def test_with_consent_text_and_request_id_are_stored(send, rows):
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


def test_without_consent_only_the_hash_is_stored(send, rows):
    send(consent=False, request_id="abc")
    (row,) = rows()
    assert (row["text"], row["request_id"]) == (None, None)
    assert row["text_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()


def test_duplicate_is_stored_once(send, rows):
    first = send()[0]
    assert [send(), send(consent=False)] == [(first, False)] * 2
    assert [row["text"] for row in rows()] == [TEXT]


@pytest.mark.parametrize("other", [{"label": "love"}, {"task": "sentiment"}, {"text": f"{TEXT}!"}])
def test_another_text_task_or_label_is_stored_separately(send, other):
    first = send()[0]
    again = send(**other)
    assert again[1] and again[0] > first


def test_later_consent_adds_the_text(send, rows):
    first = send(consent=False)[0]
    assert send() == (first, False)
    assert [row["text"] for row in rows()] == [TEXT]


def test_concurrent_duplicates_are_stored_once(send, rows):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(), range(40)))
    assert len(rows()) == 1
    assert {feedback_id for feedback_id, _ in answers} == {rows()[0]["id"]}
    assert sum(is_new for _, is_new in answers) == 1


def test_only_accepted_feedback_is_exported(send, database):
    ids = [send(text)[0] for text in ("a", "b", "c")]
    with database.session() as session:
        assert review(session, ids[:2], "accepted") == []
        assert review(session, ids[2:], "rejected") == []
    with database.session() as session:
        assert [row["text"] for row in export_rows(session)] == ["a", "b"]
        assert [feedback.text for feedback in list_feedback(session, state="rejected")] == ["c"]


def test_exported_rows_have_the_columns_for_training(send, database):
    feedback_id = send()[0]
    with database.session() as session:
        (row,) = export_rows(session, state="new")
    assert tuple(row) == COLUMNS
    assert datetime.fromisoformat(row.pop("created_at")).utcoffset() == timedelta(0)
    assert row == {"id": feedback_id, "text": TEXT, "task": "emotion", "label": "joy", "source": "feedback"}


def test_feedback_without_a_text_is_neither_accepted_nor_exported(send, database):
    feedback_id = send(consent=False)[0]
    with database.session() as session:
        assert review(session, [feedback_id, 99], "accepted") == [feedback_id, 99]
        assert list(export_rows(session, state=None)) == []


def test_list_can_be_filtered_and_limited(send, database):
    for text, task in (("a", "emotion"), ("b", "hate"), ("c", "emotion")):
        send(text, task)
    with database.session() as session:
        assert [feedback.text for feedback in list_feedback(session, task="emotion")] == ["a", "c"]
        assert [feedback.text for feedback in list_feedback(session, limit=2)] == ["a", "b"]


def test_list_can_be_longer_than_a_chunk(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.feedback.CHUNK", 2)
    with database.session() as session:
        for number in range(5):
            receive(session, text=str(number), task="emotion", label="joy", consent=True)
    with database.session() as session:
        assert [feedback.text for feedback in list_feedback(session)] == list("01234")


def test_purge_deletes_old_feedback_only(send, database, rows):
    send("old")
    with database.session() as session:
        session.query(Feedback).update({"created_at": datetime.now(UTC) - timedelta(days=31)})
    young = send("young")[0]
    with database.session() as session:
        assert purge(session, datetime.now(UTC) - timedelta(days=30)) == 1
    assert [row["id"] for row in rows()] == [young]


def test_ids_of_purged_feedback_are_not_reused(send, database):
    first = send("old")[0]
    with database.session() as session:
        purge(session, datetime.now(UTC) + timedelta(days=1))
    assert send("new")[0] > first
