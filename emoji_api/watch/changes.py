"""Changes of posts: the days whose statistics have to be computed.

A change is recorded in the transaction that changes the posts, and deleted in the one that stores the statistics
computed afterwards. A process that is killed between the two leaves its changes to the next.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from emoji_api.database.tables import ChangedDay, Company, WatchedPost

IDS_PER_STATEMENT = 1_000


class Change(NamedTuple):
    """A recorded change: its id, and the day (UTC) of the posts."""

    id: int
    date: date


def record_changes(session: Session, *posts: ColumnElement[bool]) -> None:
    """Record that the posts selected by these conditions are new or have changed."""
    days = select(WatchedPost.company_id, day_of_post(session)).where(*posts).distinct()
    session.execute(insert(ChangedDay).from_select(["company_id", "date"], days))


def read_changes(session: Session, company: Company) -> list[Change]:
    """Return the recorded changes of the company's posts, by date."""
    query = select(ChangedDay.id, ChangedDay.date).where(ChangedDay.company_id == company.id)
    return [Change(*row) for row in session.execute(query.order_by(ChangedDay.date))]


def delete_changes(session: Session, changes: Sequence[Change]) -> bool:
    """Delete these changes. Return False if another process has deleted one of them meanwhile."""
    deleted = 0
    for start in range(0, len(changes), IDS_PER_STATEMENT):
        ids = [change.id for change in changes[start : start + IDS_PER_STATEMENT]]
        statement = delete(ChangedDay).where(ChangedDay.id.in_(ids)).returning(ChangedDay.id)
        deleted += len(session.scalars(statement).all())
    return deleted == len(changes)


def changed_dates(session: Session, company: Company) -> list[date]:
    """Return the days (UTC) whose statistics are missing or older than their posts, in order."""
    return list(dict.fromkeys(change.date for change in read_changes(session, company)))


def day_of_post(session: Session) -> ColumnElement[date]:
    """Return the SQL expression of the UTC day on which a post was published."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone("UTC", WatchedPost.time), Date)
    return func.substr(WatchedPost.time, 1, len("YYYY-MM-DD"), type_=Date)  # date() rounds, to the year 10000 too
