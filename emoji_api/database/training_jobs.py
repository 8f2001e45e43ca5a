"""The table of the trainings that were ordered."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from emoji_api.database.base import UtcDateTime, db
from emoji_api.database.training_states import ENDED, STATES


class TrainingJob(db.Model):  # type: ignore[name-defined]
    """A training: what was ordered, how far it is, and how it ended.

    `slot` is 1 until it ends, then NULL: that it is unique lets one run at a time. `heartbeat` is the moment, by the
    database's clock, of the last sign of life of the trainer, the process `pid` of `host`. `progress` is the share of
    the epochs that is done; `metrics` are those of the last epoch.
    """

    __tablename__ = "training_jobs"
    __table_args__ = (
        UniqueConstraint("slot"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"(slot IS NULL) = (state IN {ENDED})", name="slot"),
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
