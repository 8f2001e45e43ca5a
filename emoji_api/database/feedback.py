"""Feedback in the database: received, reviewed, exported for a training, and forgotten."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from emoji_api.database.sql import insert_into
from emoji_api.database.tables import Feedback

COLUMNS = ("id", "text", "task", "label", "created_at")
"""What a training reads of a feedback."""
CHUNK = 1000


def receive(
    session: Session, *, text: str, task: str, label: str, consent: bool, request_id: str | None = None
) -> tuple[int, bool]:
    """Keeps a feedback; its id, and whether it is new: the same text, task and label are one feedback.

    Without `consent` nothing of the text is kept but its hash. Consent that comes later adds the text.
    """
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    kept = {"text": text, "request_id": request_id} if consent else {}
    inserted = session.scalar(
        insert_into(session, Feedback)
        .values(task=task, label=label, text_sha256=sha256, **kept)
        .on_conflict_do_nothing(index_elements=["task", "label", "text_sha256"])
        .returning(Feedback.id)
    )
    if inserted is not None:
        return inserted, True
    same = Feedback.task == task, Feedback.label == label, Feedback.text_sha256 == sha256
    if kept:
        session.execute(update(Feedback).where(*same, Feedback.text.is_(None)).values(**kept))
    found = session.scalar(select(Feedback.id).where(*same))
    if found is None:  # it was purged in between
        return receive(session, text=text, task=task, label=label, consent=consent, request_id=request_id)
    return found, False


def review(session: Session, ids: Sequence[int], state: str) -> list[int]:
    """Gives each feedback of `ids` the `state`; returns the ids that there is no feedback of, or none with a text."""
    there = Feedback.id.in_(ids), Feedback.text.is_not(None)
    found = session.scalars(update(Feedback).where(*there).values(state=state).returning(Feedback.id))
    return sorted(set(ids) - set(found))


def listed(
    session: Session, *, state: str | None = None, task: str | None = None, limit: int | None = None
) -> Iterator[Feedback]:
    """The feedback of that state and task, or of any, the oldest first. Read as it is asked for, not all at once."""
    query = select(Feedback).order_by(Feedback.id).limit(limit)
    if state:
        query = query.where(Feedback.state == state)
    if task:
        query = query.where(Feedback.task == task)
    yield from session.scalars(query.execution_options(yield_per=CHUNK))


def exported(session: Session, *, state: str | None = "accepted", task: str | None = None) -> Iterator[dict[str, Any]]:
    """The rows that a training reads, each with `COLUMNS`: the feedback whose text was kept."""
    for feedback in listed(session, state=state, task=task):
        if feedback.text is not None:
            row = {name: getattr(feedback, name) for name in COLUMNS}
            yield {**row, "created_at": feedback.created_at.isoformat(timespec="seconds")}


def texts(session: Session) -> Iterator[str]:
    """Every text that was kept, once, whatever was said of it."""
    query = select(Feedback.text).where(Feedback.text.is_not(None)).distinct()
    yield from (text for text in session.scalars(query.execution_options(yield_per=CHUNK)) if text)


def purge(session: Session, before: datetime) -> int:
    """Deletes the feedback that was received before that moment, whatever its state; returns how many."""
    deleted = session.scalars(delete(Feedback).where(Feedback.created_at < before).returning(Feedback.id))
    return len(deleted.all())
