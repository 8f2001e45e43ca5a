"""Feedback in the database: receive, review, list, export and purge."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from emoji_api.database.base import insert_into
from emoji_api.database.tables import Feedback

COLUMNS = ("id", "text", "task", "label", "created_at", "source")
"""Columns of exported feedback, which training reads. Ids are unique within a source."""
EXPORTED_AS = "feedback"
"""The `source` of exported feedback."""
CHUNK = 1000
"""Rows that are fetched from the database at a time."""


def receive(
    session: Session, *, text: str, task: str, label: str, consent: bool, request_id: str | None = None
) -> tuple[int, bool]:
    """Store feedback. Return its id, and False if the same text, task and label had been stored before.

    Without `consent` only the SHA-256 of the text is stored. If consent is given later, the text is added.
    """
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    consented = {"text": text, "request_id": request_id} if consent else {}
    new_id = session.scalar(
        insert_into(session, Feedback)
        .values(task=task, label=label, text_sha256=sha256, **consented)
        .on_conflict_do_nothing(index_elements=["task", "label", "text_sha256"])
        .returning(Feedback.id)
    )
    if new_id is not None:
        return new_id, True
    same = Feedback.task == task, Feedback.label == label, Feedback.text_sha256 == sha256
    if consented:
        session.execute(update(Feedback).where(*same, Feedback.text.is_(None)).values(**consented))
    old_id = session.scalar(select(Feedback.id).where(*same))
    if old_id is None:  # another process purged it after the insert failed
        return receive(session, text=text, task=task, label=label, consent=consent, request_id=request_id)
    return old_id, False


def review(session: Session, ids: Sequence[int], state: str) -> list[int]:
    """Set the state of the feedback with these `ids`. Return the ids that do not exist or have no stored text."""
    reviewable = Feedback.id.in_(ids), Feedback.text.is_not(None)
    reviewed = session.scalars(update(Feedback).where(*reviewable).values(state=state).returning(Feedback.id))
    return sorted(set(ids) - set(reviewed))


def list_feedback(
    session: Session, *, state: str | None = None, task: str | None = None, limit: int | None = None
) -> Iterator[Feedback]:
    """Return the feedback with this state and task, oldest first. Rows are fetched in chunks, not all at once."""
    query = select(Feedback).where(*_conditions(state, task)).order_by(Feedback.id).limit(limit)
    yield from session.scalars(query.execution_options(yield_per=CHUNK))


def count_feedback(session: Session, *, state: str | None = None, task: str | None = None) -> int:
    """Return the number of rows with this state and task."""
    return session.scalar(select(func.count(Feedback.id)).where(*_conditions(state, task))) or 0


def export_rows(
    session: Session, *, state: str | None = "accepted", task: str | None = None
) -> Iterator[dict[str, Any]]:
    """Return the feedback whose text is stored, as rows with `COLUMNS`; `created_at` is an ISO 8601 string."""
    for feedback in list_feedback(session, state=state, task=task):
        if feedback.text is not None:
            row = {name: getattr(feedback, name) for name in COLUMNS if name != "source"}
            created_at = feedback.created_at.isoformat(timespec="seconds")
            yield {**row, "created_at": created_at, "source": EXPORTED_AS}


def texts(session: Session) -> Iterator[str]:
    """Return each distinct stored text."""
    query = select(Feedback.text).where(Feedback.text.is_not(None)).distinct()
    yield from (text for text in session.scalars(query.execution_options(yield_per=CHUNK)) if text)


def purge(session: Session, before: datetime) -> int:
    """Delete the feedback received before that time, whatever its state. Return the number of deleted rows."""
    deleted = session.scalars(delete(Feedback).where(Feedback.created_at < before).returning(Feedback.id))
    return len(deleted.all())


def _conditions(state: str | None, task: str | None) -> list[ColumnElement[bool]]:
    conditions = [(Feedback.state, state), (Feedback.task, task)]
    return [column == value for column, value in conditions if value]
