"""How a training goes from one state to the next, in the database. Each function is one guarded statement or two."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, type_coerce, update
from sqlalchemy.orm import Session

from emoji_api.database.base import UtcDateTime
from emoji_api.database.sql import insert_into
from emoji_api.database.training_jobs import TrainingJob

_RUNS = TrainingJob.slot == 1


def order(session: Session, parameters: dict[str, Any]) -> tuple[TrainingJob, bool]:
    """Orders a training, unless one runs: the new one and True, or the one that runs and False."""
    ordered = insert_into(session, TrainingJob).values(id=uuid4(), parameters=parameters, heartbeat=clock(session))
    new = session.scalar(ordered.on_conflict_do_nothing(index_elements=["slot"]).returning(TrainingJob.id))
    job = find(session, new) if new else running(session)
    # it ended in between
    return (job, bool(new)) if job else order(session, parameters)


def find(session: Session, number: UUID) -> TrainingJob | None:
    """The training of that id, as it is now; it may be read when the session is gone."""
    return _apart(session, session.get(TrainingJob, number, populate_existing=True))


def running(session: Session) -> TrainingJob | None:
    """The one that has not ended."""
    return _apart(session, session.scalar(select(TrainingJob).where(_RUNS)))


def listed(session: Session, limit: int, offset: int = 0) -> Sequence[TrainingJob]:
    """At most `limit` trainings after the first `offset`, the newest first."""
    newest = TrainingJob.created_at.desc(), TrainingJob.id
    jobs = session.scalars(select(TrainingJob).order_by(*newest).limit(limit).offset(offset)).all()
    session.expunge_all()
    return jobs


def count(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(TrainingJob)) or 0


def name_process(session: Session, number: UUID, pid: int, host: str) -> None:
    """Keeps which process the trainer is, as who started it knows."""
    session.execute(_of(number).where(TrainingJob.pid.is_(None)).values(pid=pid, host=host))


def claim(session: Session, number: UUID, pid: int, host: str) -> dict[str, Any] | None:
    """Makes a process the trainer of what is queued; the training's parameters, `None` where it is queued no more."""
    queued = _of(number).where(TrainingJob.state == "queued")
    facts = {"state": "running", "pid": pid, "host": host, "started_at": datetime.now(UTC)}
    claimed = queued.values(heartbeat=clock(session), **facts).returning(TrainingJob.parameters)
    return session.scalar(claimed)


def beat(session: Session, number: UUID, facts: dict[str, Any]) -> bool | None:
    """A sign of life, with what is known by now: whether to cancel, `None` where the training was given up."""
    told = _of(number).values(heartbeat=clock(session), **facts)
    return session.scalar(told.returning(TrainingJob.cancelling))


def pass_fence(session: Session, number: UUID, facts: dict[str, Any]) -> bool:
    """Whether the training may be promoted, with what is known by now: nobody has cancelled it or given it up."""
    passed = _of(number).where(TrainingJob.cancelling.is_(False)).values(heartbeat=clock(session), **facts)
    return session.scalar(passed.returning(TrainingJob.id)) is not None


def cancel(session: Session, number: UUID) -> bool:
    """Asks the trainer to end; False where the training has ended, or is none."""
    asked = _of(number).values(cancelling=True)
    return session.scalar(asked.returning(TrainingJob.id)) is not None


def end(
    session: Session, number: UUID, state: str, facts: dict[str, Any], *, unheard_since: datetime | None = None
) -> bool:
    """Ends a training; False where it has ended already, or, with `unheard_since`, was heard of since."""
    still = _of(number)
    if unheard_since:
        still = still.where(TrainingJob.heartbeat == unheard_since)
    ended = still.values(state=state, slot=None, ended_at=datetime.now(UTC), **facts)
    return session.scalar(ended.returning(TrainingJob.id)) is not None


def clock(session: Session) -> datetime:
    """The moment by the clock that all share, to the second: the machines' own may differ."""
    now = session.scalar(select(type_coerce(func.current_timestamp(), UtcDateTime())))
    assert now
    return now


def _of(number: UUID) -> Any:
    return update(TrainingJob).where(TrainingJob.id == number, _RUNS).execution_options(synchronize_session=False)


def _apart(session: Session, job: TrainingJob | None) -> TrainingJob | None:
    if job:
        session.expunge(job)
    return job
