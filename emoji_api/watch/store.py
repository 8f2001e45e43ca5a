"""Companies and their posts in the database: added, collected, classified, forgotten and purged.

Each function that changes posts records the change, so that `update_statistics` computes the statistics of their day.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from emoji_api.database.base import insert_into
from emoji_api.database.tables import ChangedDay, Company, CompanyDay, PostLabel, WatchedPost
from emoji_api.errors import CompanyExists, InvalidCompany, UnknownCompany
from emoji_api.untrusted import web_link
from emoji_api.watch.changes import record_changes
from emoji_api.watch.language import ENGLISH, NO_LANGUAGE, identify_language
from emoji_api.watch.rollup import remove_quotes
from emoji_api.watch.sources.base import Page, Post

CHUNK = 512
"""Posts that are read from the database at a time."""
MAX_ID_LENGTH = WatchedPost.__table__.c.post_id.type.length  # type: ignore[attr-defined]

DOTS = (".", "..")
"""Names that have a meaning of their own in paths of URLs."""

PostText = Row[tuple[int, str]]
"""The columns `id` and `text` of a post."""


def add_company(session: Session, name: str, query: str, source: str, options: Mapping[str, str]) -> Company:
    """Store a company and return it. Raise CompanyExists for a name that is taken, and InvalidCompany."""
    if not is_company_name(name):
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


def is_company_name(name: str) -> bool:
    """Return whether a company can have this name, which is a part of URLs."""
    return len(name.strip()) > 0 and len(name) <= 100 and name.isprintable() and "/" not in name and name not in DOTS


def list_companies(session: Session) -> list[Company]:
    """Return all companies by name."""
    return list(session.scalars(select(Company).order_by(Company.name)))


def get_company(session: Session, name: str) -> Company:
    """Return the company `name`. Raise UnknownCompany if it is not watched."""
    # a name with NUL characters or lone surrogates would be an error of the database
    company = session.scalar(select(Company).where(Company.name == name)) if is_company_name(name) else None
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
        record_changes(session, WatchedPost.id.in_(new_ids))
    for post_id in page.deleted:
        forget_post(session, company, post_id)
    if page.cursor is not None:
        session.execute(update(Company).where(Company.id == company.id).values(cursor=page.cursor))
    return new_ids


def forget_post(session: Session, company: Company, post_id: str) -> bool:
    """Erase the post with the source's id `post_id`: its text, author, link, answers and labels, and its quotes.

    The row stays, so that the post is not collected again. Return False if there is no such post.
    """
    is_post = (_of(company), WatchedPost.post_id == stored_id(post_id))
    with_text = session.execute(select(WatchedPost.id, WatchedPost.time).where(*is_post, WatchedPost.text.is_not(None)))
    for post in with_text.all():  # a platform may report a deleted post again and again
        empty = {"text": None, "author": None, "link": None, "answers": None, "model_version": None}
        session.execute(update(WatchedPost).where(WatchedPost.id == post.id).values(empty))
        session.execute(delete(PostLabel).where(PostLabel.post == post.id))
        record_changes(session, WatchedPost.id == post.id)
        remove_quotes(session, company, post.time.date())
    return session.scalar(select(exists().where(*is_post))) or False


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


def count_unclassified(session: Session, company: Company, model_version: str | None = None) -> int:
    """Return the number of posts that `unclassified` returns, or `outdated` if a `model_version` is given."""
    condition: ColumnElement[bool] = WatchedPost.model_version.is_(None)
    if model_version is not None:
        condition = or_(condition, WatchedPost.model_version != model_version)
    return session.scalar(select(func.count()).where(*_is_classifiable(company), condition)) or 0


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
    record_changes(session, WatchedPost.id.in_(list(answers)))


def set_unreadable(session: Session, ids: Sequence[int]) -> None:
    """Mark posts that the classifier cannot read as texts without a language, so that they are left out afterwards."""
    unreadable = {"language": NO_LANGUAGE, "answers": None, "model_version": None}
    session.execute(update(WatchedPost).where(WatchedPost.id.in_(ids)).values(unreadable))
    if ids:
        record_changes(session, WatchedPost.id.in_(ids))


def purge(session: Session, before: datetime) -> int:
    """Delete the posts published before that time, and the statistics of their days. Return the number of posts.

    The days after them keep their statistics, although these compare with days that are deleted: the comparison was
    right when it was computed, and the posts for another one are gone.
    """
    first_kept = before.astimezone(UTC).date()
    is_older = WatchedPost.time < before
    record_changes(session, is_older, WatchedPost.time >= datetime.combine(first_kept, time(), UTC))
    deleted = session.scalars(delete(WatchedPost).where(is_older).returning(WatchedPost.id))
    count = len(deleted.all())
    for table in (CompanyDay, ChangedDay):
        session.execute(delete(table).where(table.date < first_kept))
    return count


def stored_id(post_id: str) -> str:
    """Return `post_id` as the database stores it: an id too long for the column is replaced by its SHA-256."""
    clean = _storable(post_id)
    return clean if len(clean) <= MAX_ID_LENGTH else f"sha256:{hashlib.sha256(clean.encode()).hexdigest()}"


def _of(company: Company) -> ColumnElement[bool]:
    return WatchedPost.company_id == company.id


def _row(company: Company, post: Post, keep_author: bool) -> dict[str, Any]:
    text = _storable(post.text)
    link = web_link(post.link)
    return {
        "company_id": company.id,
        "source": company.source,
        "post_id": stored_id(post.id),
        "time": post.time.astimezone(UTC),
        "text": text,
        "language": identify_language(text, post.language),
        "link": link and _storable(link),
        "author": _storable(post.author) if keep_author and post.author else None,
    }


def _storable(text: str) -> str:
    """Return `text` without what a database refuses: NUL characters (PostgreSQL) and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _classifiable(
    session: Session, company: Company, condition: ColumnElement[bool], after: int, limit: int
) -> Sequence[PostText]:
    query = (
        select(WatchedPost.id, WatchedPost.text)
        .where(*_is_classifiable(company), WatchedPost.id > after, condition)
        .order_by(WatchedPost.id)
        .limit(limit)
    )
    return session.execute(query).all()  # type: ignore[return-value]  # texts that are NULL are excluded


def _is_classifiable(company: Company) -> tuple[ColumnElement[bool], ...]:
    in_english = or_(WatchedPost.language == ENGLISH, WatchedPost.language.is_(None))
    return _of(company), WatchedPost.text.is_not(None), in_english
