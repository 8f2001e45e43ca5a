"""Tables: feedback from callers, and training jobs."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from emoji_api.database.base import Base, UtcDateTime

FEEDBACK_STATES = ("new", "accepted", "rejected")
"""Review states of feedback."""

ACTIVE_TRAINING_STATES = ("queued", "running", "validating")
"""States of a training job that has not ended, in their order."""

FINAL_TRAINING_STATES = ("promoted", "rejected", "failed", "cancelled")
"""States of a training job that has ended."""

TRAINING_STATES = (*ACTIVE_TRAINING_STATES, *FINAL_TRAINING_STATES)


class Feedback(Base):
    """Correct label for a text, as sent by a caller.

    `text` and `request_id` are stored only with the sender's consent. `text_sha256` is always stored; it identifies
    duplicates.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("task", "label", "text_sha256"),
        CheckConstraint(f"state IN {FEEDBACK_STATES}", name="state"),
        {"sqlite_autoincrement": True},  # ids of deleted rows are not reused
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default="new")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC), index=True)


class TrainingJob(Base):
    """Training job: its parameters, progress and result.

    `slot` is 1 while the job is active and NULL afterwards. It is unique, so at most one job is active. `heartbeat` is
    the time of the trainer's last heartbeat by the database's clock; the trainer is process `pid` on `host`.
    `progress` is the completed share of all epochs, `metrics` are those of the last epoch.
    """

    __tablename__ = "training_jobs"
    __table_args__ = (
        UniqueConstraint("slot"),
        CheckConstraint(f"state IN {TRAINING_STATES}", name="state"),
        CheckConstraint(f"(slot IS NULL) = (state IN {FINAL_TRAINING_STATES})", name="slot"),
        CheckConstraint("slot = 1", name="one_slot"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    slot: Mapped[int | None] = mapped_column(default=1)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC), index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat: Mapped[datetime] = mapped_column(UtcDateTime)
    pid: Mapped[int | None] = mapped_column()
    host: Mapped[str | None] = mapped_column(String(255))
    cancelling: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[int | None] = mapped_column()
    progress: Mapped[float] = mapped_column(default=0.0)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(String(100))
    mlflow_run: Mapped[str | None] = mapped_column(String(64))
