"""Tables: feedback from callers, training jobs, posts about companies, and their labels."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from emoji_api.database.base import Base, UtcDateTime

FEEDBACK_STATES = ("new", "accepted", "rejected")
"""Review states of feedback."""

ACTIVE_TRAINING_STATES = ("queued", "running", "validating")
"""States of a training job that has not ended, in their order."""

FINAL_TRAINING_STATES = ("promoted", "rejected", "failed", "cancelled")
"""States of a training job that has ended."""

TRAINING_STATES = (*ACTIVE_TRAINING_STATES, *FINAL_TRAINING_STATES)

DRAWS = 2**31
"""Number of values of `WatchedPost.draw`."""

STRATA = ("random", "uncertain")
"""How a post came into the labelling queue: drawn at random, or because the model was uncertain."""


def draw_number(source: str, post_id: str) -> int:
    """Return a number in [0, `DRAWS`), a hash of a post's source and id: independent of text, time and answers."""
    digest = hashlib.sha256(f"{source}\0{post_id}".encode()).digest()
    return int.from_bytes(digest[:4]) % DRAWS


def _draw_of_row(context: DefaultExecutionContext) -> int:
    row = context.get_current_parameters()
    return draw_number(row["source"], row["post_id"])


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


class Company(Base):
    """Watched company: the query for its posts, the source and its options, and the position of the last collection.

    `cursor` is the source's own position, such as the id of the newest post.
    """

    __tablename__ = "companies"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(32))
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    cursor: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))
    collected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatchedPost(Base):
    """Post about a company, with the answers of a model.

    `post_id` is the source's id. `text` is NULL after the post was forgotten: the row stays, so that the post is not
    collected again. `language` is NULL if it cannot be told, and "zxx" for a text without words. `answers` has the
    answers by task, as `/tweets/analysis` gives them, with scores only for the tasks that statistics measure; it and
    `model_version` are NULL for a post that is not classified, such as one in another language. `draw` orders and
    divides the posts for random sampling.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("company_id", "source", "post_id"),
        Index(None, "company_id", "time"),
        Index(None, "company_id", "language", "time"),
        Index(None, "company_id", "draw"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(32))
    post_id: Mapped[str] = mapped_column(String(255))
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(8))
    link: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    model_version: Mapped[str | None] = mapped_column(String(100))
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))
    draw: Mapped[int] = mapped_column(default=_draw_of_row, server_default="0")


class PostLabel(Base):
    """Correct label of a post for a task, given by a person. `label` is NULL if the person skipped the post.

    `drawn` tells how the post came into the queue. `predicted` and `model_version` are the model's answer at that time,
    which the person had not seen.
    """

    __tablename__ = "post_labels"
    __table_args__ = (
        UniqueConstraint("post", "task"),
        Index(None, "task", "drawn", "created_at"),
        CheckConstraint(f"drawn IN {STRATA}", name="drawn"),
        {"sqlite_autoincrement": True},  # an id cannot undo a later label
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    task: Mapped[str] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)
    drawn: Mapped[str] = mapped_column(String(9))
    predicted: Mapped[str | None] = mapped_column(Text)
    model_version: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))


class CompanyDay(Base):
    """Statistics of a company's posts on one day (UTC).

    They quote phrases of the posts. They are older than the posts if the day is among the changed ones.
    """

    __tablename__ = "company_days"

    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    statistics: Mapped[dict[str, Any]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC))


class ChangedDay(Base):
    """Day (UTC) on which posts of a company have changed since its statistics were computed.

    A day may have several rows, one for each transaction that changed posts.
    """

    __tablename__ = "changed_days"
    # ids are not reused: a change is deleted by its id after the statistics were computed
    __table_args__ = (Index(None, "company_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    date: Mapped[date] = mapped_column(Date)
