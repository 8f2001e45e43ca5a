"""State transitions of training jobs in the database.

Each transition is a single guarded UPDATE, so that concurrent processes cannot both make it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, type_coerce, update
from sqlalchemy.orm import Session

from emoji_api.database.base import UtcDateTime, insert_into
from emoji_api.database.tables import TrainingJob

_ACTIVE = TrainingJob.slot == 1


def order(session: Session, parameters: dict[str, Any]) -> tuple[TrainingJob, bool]:
    """Queue a job and return it with True, or return the active job with False if there is one."""
    insert = insert_into(session, TrainingJob).values(
        id=uuid4(), parameters=parameters, heartbeat=database_time(session)
    )
    new_id = session.scalar(insert.on_conflict_do_nothing(index_elements=["slot"]).returning(TrainingJob.id))
    job = find(session, new_id) if new_id else running(session)
    # no job: the active one ended after the insert failed
    return (job, bool(new_id)) if job else order(session, parameters)


def find(session: Session, job_id: UUID) -> TrainingJob | None:
    """Return the current row of a job, or None if there is none with this id."""
    return session.get(TrainingJob, job_id, populate_existing=True)


def running(session: Session) -> TrainingJob | None:
    """Return the active job, whether queued, running or validating; None if there is none."""
    return session.scalar(select(TrainingJob).where(_ACTIVE))


def list_jobs(session: Session, limit: int, offset: int = 0) -> Sequence[TrainingJob]:
    """Return at most `limit` jobs after the first `offset`, newest first."""
    newest_first = TrainingJob.created_at.desc(), TrainingJob.id
    return session.scalars(select(TrainingJob).order_by(*newest_first).limit(limit).offset(offset)).all()


def list_decided_jobs(session: Session, limit: int) -> Sequence[TrainingJob]:
    """Return at most `limit` jobs whose model the gate has promoted or rejected, the latest decision first."""
    decided = select(TrainingJob).where(TrainingJob.state.in_(["promoted", "rejected"]))
    return session.scalars(decided.order_by(TrainingJob.ended_at.desc(), TrainingJob.id).limit(limit)).all()


def count_jobs(session: Session) -> int:
    """Return the number of jobs, ended ones included."""
    return session.scalar(select(func.count()).select_from(TrainingJob)) or 0


def set_process(session: Session, job_id: UUID, pid: int, host: str) -> None:
    """Store the trainer's process, unless the trainer has stored it already."""
    session.execute(_update(job_id).where(TrainingJob.pid.is_(None)).values(pid=pid, host=host))


def claim(session: Session, job_id: UUID, pid: int, host: str) -> dict[str, Any] | None:
    """Set a queued job to running in the trainer's process. Return its parameters, or None if it is not queued."""
    values = {"state": "running", "pid": pid, "host": host, "started_at": datetime.now(UTC)}
    queued = _update(job_id).where(TrainingJob.state == "queued")
    claimed = queued.values(heartbeat=database_time(session), **values)
    return session.scalar(claimed.returning(TrainingJob.parameters))


def record_heartbeat(session: Session, job_id: UUID, values: Mapping[str, Any]) -> bool | None:
    """Store a heartbeat and these column `values`. Return whether the job is being cancelled, None if it has ended."""
    beat = _update(job_id).values(heartbeat=database_time(session), **values)
    return session.scalar(beat.returning(TrainingJob.cancelling))


def may_promote(session: Session, job_id: UUID, values: Mapping[str, Any]) -> bool:
    """Store a heartbeat and these column `values`, unless the job was cancelled or has ended. Return whether it did."""
    active = _update(job_id).where(TrainingJob.cancelling.is_(False))
    beat = active.values(heartbeat=database_time(session), **values)
    return session.scalar(beat.returning(TrainingJob.id)) is not None


def cancel(session: Session, job_id: UUID) -> bool:
    """Request the cancellation of a job. Return False if it has ended or does not exist."""
    return session.scalar(_update(job_id).values(cancelling=True).returning(TrainingJob.id)) is not None


def end(
    session: Session, job_id: UUID, state: str, values: Mapping[str, Any], *, last_heartbeat: datetime | None = None
) -> bool:
    """Set a job's final state and these column `values`. Return False if it has ended already.

    With `last_heartbeat`, also return False if the job had a later heartbeat.
    """
    active = _update(job_id)
    if last_heartbeat:
        active = active.where(TrainingJob.heartbeat == last_heartbeat)
    ended = active.values(state=state, slot=None, ended_at=datetime.now(UTC), **values)
    return session.scalar(ended.returning(TrainingJob.id)) is not None


def database_time(session: Session) -> datetime:
    """Return the time of the database's clock, in seconds: the clocks of several machines may differ."""
    now = session.scalar(select(type_coerce(func.current_timestamp(), UtcDateTime())))
    assert now
    return now


def _update(job_id: UUID) -> Any:
    """Return an UPDATE of the job, if it is active. Rows that the session has loaded are not refreshed."""
    return update(TrainingJob).where(TrainingJob.id == job_id, _ACTIVE).execution_options(synchronize_session=False)
