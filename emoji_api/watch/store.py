"""Companies and their posts in the database: added, collected, classified, forgotten and purged.

`CompanyDay` rows are deleted in the transaction that changes the posts of their day, because they count these posts and
quote them. `dates_changed` returns the days whose statistics have to be computed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, bindparam, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from emoji_api.database.base import insert_into
from emoji_api.database.tables import Company, CompanyDay, PostLabel, WatchedPost
from emoji_api.errors import CompanyExists, InvalidCompany, UnknownCompany
from emoji_api.watch.language import ENGLISH, NO_LANGUAGE, identify_language
from emoji_api.watch.sources.base import Page, Post

CHUNK = 512
"""Posts that are read from the database at a time."""
MAX_ID_LENGTH = WatchedPost.__table__.c.post_id.type.length  # type: ignore[attr-defined]

PostText = Row[tuple[int, str]]
"""The columns `id` and `text` of a post."""


def add_company(session: Session, name: str, query: str, source: str, options: Mapping[str, str]) -> Company:
    """Store a company and return it. Raise CompanyExists for a name that is taken, and InvalidCompany."""
    if not name.strip() or len(name) > 100 or not name.isprintable() or "/" in name:
        raise InvalidCompany(f"{name!r} cannot be a company's name: 1 to 100 printable characters, without /")
    new_id = session.scalar(
        insert_into(session, Company)
        .values(name=name, query=query, source=source, options=dict(options))
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(Company.id)
    )
    if new_id is None:
        raise CompanyExists(name)
    return session.get_one(Company, new_id)


def list_companies(session: Session) -> list[Company]:
    """Return all companies by name."""
    return list(session.scalars(select(Company).order_by(Company.name)))


def get_company(session: Session, name: str) -> Company:
    """Return the company `name`. Raise UnknownCompany if it is not watched."""
    company = session.scalar(select(Company).where(Company.name == name))
    if company is None:
        raise UnknownCompany(name)
    return company


def remove_company(session: Session, name: str) -> None:
    """Delete the company `name` with its posts and statistics. Raise UnknownCompany if it is not watched."""
    session.execute(delete(Company).where(Company.id == get_company(session, name).id))


def store_page(session: Session, company: Company, page: Page, *, keep_authors: bool) -> list[int]:
    """Store the posts of `page` that the database does not have, and return their new ids.

    The company's cursor is stored with them, and the posts in `page.deleted` are forgotten. Authors are stored only
    with `keep_authors`.
    """
    posts = {stored_id(post.id): post for post in page.posts}
    present = session.scalars(
        select(WatchedPost.post_id).where(_of(company), WatchedPost.source == company.source)
        .where(WatchedPost.post_id.in_(posts))
    )  # fmt: skip
    new = [posts[post_id] for post_id in posts.keys() - set(present)]
    new_ids: list[int] = []
    if rows := [_row(company, post, keep_authors) for post in sorted(new, key=lambda post: post.time)]:
        new_ids = list(
            session.scalars(
                insert_into(session, WatchedPost)
                .on_conflict_do_nothing(index_elements=["company_id", "source", "post_id"])
                .returning(WatchedPost.id),
                rows,
            )
        )
        _delete_statistics(session, company, {row["time"].date() for row in rows})
    for post_id in page.deleted:
        forget_post(session, company, post_id)
    if page.cursor is not None:
        session.execute(update(Company).where(Company.id == company.id).values(cursor=page.cursor))
    return new_ids


def forget_post(session: Session, company: Company, post_id: str) -> bool:
    """Erase the post with the source's id `post_id`: its text, author, link, answers, labels and the day's statistics.

    The row stays, so that the post is not collected again. Return False if there is no such post.
    """
    erased = session.execute(
        update(WatchedPost)
        .where(_of(company), WatchedPost.post_id == stored_id(post_id))
        .values(text=None, author=None, link=None, answers=None, model_version=None)
        .returning(WatchedPost.id, WatchedPost.time)
    ).all()
    session.execute(delete(PostLabel).where(PostLabel.post.in_([row.id for row in erased])))
    _delete_statistics(session, company, {row.time.date() for row in erased})
    return bool(erased)


def unclassified(session: Session, company: Company, *, after: int = 0, limit: int = CHUNK) -> Sequence[PostText]:
    """Return the next posts without answers, by id, from the first id above `after`.

    Posts in other languages than English, and forgotten ones, are left out. Those whose language cannot be told, such
    as a single word or emoji, are included.
    """
    return _classifiable(session, company, WatchedPost.model_version.is_(None), after, limit)


def outdated(
    session: Session, company: Company, model_version: str, *, after: int = 0, limit: int = CHUNK
) -> Sequence[PostText]:
    """Return the next posts without answers of `model_version`, as `unclassified` does."""
    version = WatchedPost.model_version
    return _classifiable(session, company, or_(version.is_(None), version != model_version), after, limit)


def set_answers(session: Session, company: Company, answers: Mapping[int, Mapping[str, Any]], version: str) -> None:
    """Store the answers of the model `version` by the posts' ids. Posts that were forgotten meanwhile stay empty."""
    if not answers:
        return
    table = WatchedPost.__table__
    statement = (
        update(WatchedPost.__table__)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("post"), table.c.text.is_not(None))
        .values(answers=bindparam("by_task"), model_version=version)
    )
    session.connection().execute(statement, [{"post": id, "by_task": by_task} for id, by_task in answers.items()])
    _delete_statistics(session, company, _dates_of(session, answers))


def set_unreadable(session: Session, ids: Sequence[int]) -> None:
    """Mark posts that the classifier cannot read as texts without a language, so that they are left out afterwards."""
    unreadable = {"language": NO_LANGUAGE, "answers": None, "model_version": None}
    session.execute(update(WatchedPost).where(WatchedPost.id.in_(ids)).values(unreadable))


def dates_changed(session: Session, company: Company) -> list[date]:
    """Return the days (UTC) with posts whose statistics are missing or older than their newest post."""
    day = day_of_post(session)
    newest = select(day.label("date"), func.max(WatchedPost.created_at).label("created_at")).where(_of(company))
    newest_by_day = newest.group_by(day).subquery()
    same_day = (CompanyDay.company_id == company.id) & (CompanyDay.date == newest_by_day.c.date)
    outdated_day = CompanyDay.computed_at.is_(None) | (CompanyDay.computed_at < newest_by_day.c.created_at)
    query = select(newest_by_day.c.date).outerjoin(CompanyDay, same_day).where(outdated_day)
    return list(session.scalars(query.order_by(newest_by_day.c.date)))


def purge(session: Session, before: datetime) -> int:
    """Delete the posts published before that time, and the statistics of their days. Return the number of posts."""
    deleted = session.scalars(delete(WatchedPost).where(WatchedPost.time < before).returning(WatchedPost.id))
    count = len(deleted.all())
    session.execute(delete(CompanyDay).where(CompanyDay.date < before.astimezone(UTC).date()))
    return count


def day_of_post(session: Session) -> ColumnElement[date]:
    """Return the SQL expression of the UTC day on which a post was published."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone("UTC", WatchedPost.time), Date)
    return func.date(WatchedPost.time, type_=Date)


def stored_id(post_id: str) -> str:
    """Return `post_id` as the database stores it: an id too long for the column is replaced by its SHA-256."""
    clean = _storable(post_id)
    return clean if len(clean) <= MAX_ID_LENGTH else f"sha256:{hashlib.sha256(clean.encode()).hexdigest()}"


def _of(company: Company) -> ColumnElement[bool]:
    return WatchedPost.company_id == company.id


def _row(company: Company, post: Post, keep_author: bool) -> dict[str, Any]:
    text = _storable(post.text)
    # a link with another scheme, such as javascript:, must not reach a page
    link = _storable(post.link) if post.link and post.link.startswith(("http://", "https://")) else None
    return {
        "company_id": company.id,
        "source": company.source,
        "post_id": stored_id(post.id),
        "time": post.time.astimezone(UTC),
        "text": text,
        "language": identify_language(text, post.language),
        "link": link,
        "author": _storable(post.author) if keep_author and post.author else None,
    }


def _storable(text: str) -> str:
    """Return `text` without what a database refuses: NUL characters (PostgreSQL) and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _classifiable(
    session: Session, company: Company, condition: ColumnElement[bool], after: int, limit: int
) -> Sequence[PostText]:
    in_english = or_(WatchedPost.language == ENGLISH, WatchedPost.language.is_(None))
    query = (
        select(WatchedPost.id, WatchedPost.text)
        .where(_of(company), WatchedPost.id > after, WatchedPost.text.is_not(None), in_english, condition)
        .order_by(WatchedPost.id)
        .limit(limit)
    )
    return session.execute(query).all()  # type: ignore[return-value]  # texts that are NULL are excluded


def _dates_of(session: Session, ids: Iterable[int]) -> set[date]:
    return {time.date() for time in session.scalars(select(WatchedPost.time).where(WatchedPost.id.in_(list(ids))))}


def _delete_statistics(session: Session, company: Company, dates: set[date]) -> None:
    if dates:
        session.execute(
            delete(CompanyDay).where(CompanyDay.company_id == company.id, CompanyDay.date.in_(sorted(dates)))
        )
