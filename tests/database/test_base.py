"""Timestamps in UTC, and inserts that skip conflicting rows."""

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import select, update

from emoji_api.database.base import insert_into
from emoji_api.database.tables import Feedback

ROW = {"task": "emotion", "label": "joy", "text_sha256": "0" * 64}


def test_timestamps_are_returned_in_utc_whatever_zone_they_were_stored_in(database):
    stored = datetime(2025, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    with database.session() as session:
        session.add(Feedback(**ROW))
        session.flush()
        session.execute(update(Feedback).values(created_at=stored))
    with database.session() as session:
        loaded = session.scalar(select(Feedback.created_at))
    assert (loaded, loaded.tzinfo) == (datetime(2025, 1, 1, 7, tzinfo=UTC), UTC)


def test_conflicting_insert_is_skipped(database):
    with database.session() as session:
        insert = insert_into(session, Feedback).values(**ROW).on_conflict_do_nothing().returning(Feedback.id)
        assert [session.scalar(insert), session.scalar(insert)] == [1, None]
