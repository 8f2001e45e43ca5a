"""The tables."""

from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from emoji_api.database.base import UtcDateTime, db
from emoji_api.database.states import STATES


class Feedback(db.Model):  # type: ignore[name-defined]
    """What the right answer for a text would have been.

    `text` and `request_id` are kept only with the sender's consent; `text_sha256` tells in any case whether the same
    was sent before.
    """

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("task", "label", "text_sha256"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        {"sqlite_autoincrement": True},  # an id that was given is never another's
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8), default="new")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=lambda: datetime.now(UTC), index=True)
