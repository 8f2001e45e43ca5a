"""Labelling of posts by people: the queue of posts to label, and the labels in the database.

The posts of a company are divided into two strata by `WatchedPost.draw`, a hash of the post's id. The random stratum
is labelled in the order of this number, so the posts that are labelled are a simple random sample: those with the
smallest numbers, whatever the model answers. Later posts with a small number come first, so the sample stays uniform
over all posts. The other stratum is labelled by uncertainty sampling, lowest confidence first (Lewis and Gale 1994,
https://arxiv.org/abs/cmp-lg/9407020). A post belongs to one stratum for ever: an uncertain post that is labelled is
not missing in the random sample.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from emoji_api.database.base import insert_into
from emoji_api.database.feedback import COLUMNS
from emoji_api.database.tables import DRAWS, STRATA, Company, PostLabel, WatchedPost
from emoji_api.errors import NotLabelable, PostLabelled, TaskNotOffered, UnknownLabel, UnknownPostLabel
from emoji_api.tasks import EMOTION, HATE, OFFENSIVE, SENTIMENT, Task

OFFERED = (SENTIMENT.name, EMOTION.name, OFFENSIVE.name, HATE.name)
"""Tasks that posts are labelled for, the default first."""
RANDOM, UNCERTAIN = STRATA
RANDOM_DRAWS = DRAWS // 2
"""Posts whose `draw` is below this number are the random stratum."""
WINDOW = 2_000
"""Number of the newest unlabelled posts of which the least confident come first."""
CHUNK = 1_000
EXPORTED_AS = "post"
"""The `source` of exported labels."""


@dataclass(frozen=True, kw_only=True)
class QueuedPost:
    """A post to label. `id` is its row id, `drawn` its stratum. The model's answer is left out: it would bias."""

    id: int
    text: str
    time: datetime
    link: str | None
    drawn: str


def offered_tasks(tasks: Mapping[str, Task]) -> list[Task]:
    """Return those of a bundle's `tasks` that posts are labelled for."""
    return [tasks[name] for name in OFFERED if name in tasks]


def offered_task(tasks: Mapping[str, Task], name: str) -> Task:
    """Return the task `name` of a bundle's `tasks`. Raise TaskNotOffered if posts are not labelled for it."""
    offered = {task.name: task for task in offered_tasks(tasks)}
    if name not in offered:
        raise TaskNotOffered(name, offered)
    return offered[name]


def queue(session: Session, company: Company, task: str, *, limit: int) -> list[QueuedPost]:
    """Return the next posts to label for `task`, from the random and the uncertain stratum in turn.

    These are classified English posts with a text that were neither labelled nor skipped.
    """
    candidates = _candidates(company, task, RANDOM).where(_has_answer(task))
    in_random_order = candidates.order_by(WatchedPost.draw, WatchedPost.id).limit(limit)
    newest = _candidates(company, task, UNCERTAIN).order_by(WatchedPost.time.desc(), WatchedPost.id.desc())
    recent = newest.with_only_columns(WatchedPost.id).limit(WINDOW)
    confidence = WatchedPost.answers[(task, "confidence")].as_float()
    of_recent = _columns().where(WatchedPost.id.in_(recent), _has_answer(task))  # parsed for these posts only
    least_confident = of_recent.order_by(confidence, WatchedPost.id).limit(limit)
    strata = [
        [QueuedPost(**row, drawn=drawn) for row in session.execute(query).mappings()]
        for drawn, query in ((RANDOM, in_random_order), (UNCERTAIN, least_confident))
    ]
    in_turn = chain.from_iterable(zip_longest(*strata))
    return [post for post in in_turn if post is not None][:limit]


def record_label(session: Session, company: Company, *, post: int, task: Task, label: str | None) -> PostLabel:
    """Store the label of the post with the row id `post`, or None if it is skipped, and return the row.

    Raise UnknownLabel, NotLabelable for a post that cannot be labelled, and PostLabelled if it was labelled or skipped.
    """
    if label is not None and label not in task.labels:
        raise UnknownLabel(label, task.name, task.labels)
    row = session.execute(
        update(WatchedPost)
        .where(WatchedPost.id == post, *_classified(company), _has_answer(task.name))
        # changes nothing, but locks the row: the post cannot be forgotten before its label is stored
        .values(language=WatchedPost.language)
        .returning(WatchedPost.draw, WatchedPost.answers, WatchedPost.model_version),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        raise NotLabelable(company.name, post)
    new_id = session.scalar(
        insert_into(session, PostLabel)
        .values(
            post=post,
            task=task.name,
            label=label,
            drawn=RANDOM if row.draw < RANDOM_DRAWS else UNCERTAIN,
            predicted=row.answers[task.name]["label"],
            model_version=row.model_version,
        )
        .on_conflict_do_nothing(index_elements=["post", "task"])
        .returning(PostLabel.id)
    )
    if new_id is None:
        raise PostLabelled(post, task.name)
    return session.get_one(PostLabel, new_id)


def delete_label(session: Session, company: Company, label_id: int) -> None:
    """Delete a label or a skip, so that the post returns to the queue. Raise UnknownPostLabel if there is none."""
    posts = select(WatchedPost.id).where(WatchedPost.company_id == company.id)
    deleted = session.scalars(
        delete(PostLabel).where(PostLabel.id == label_id, PostLabel.post.in_(posts)).returning(PostLabel.id),
        execution_options={"synchronize_session": False},
    )
    if not deleted.all():
        raise UnknownPostLabel(company.name, label_id)


def export_labels(session: Session, *, task: str | None = None) -> Iterator[dict[str, Any]]:
    """Return the labels of all companies' posts, as rows with the columns of exported feedback.

    Skipped posts are left out. `id` is the label's id, `created_at` an ISO 8601 string.
    """
    query = (
        select(PostLabel.id, WatchedPost.text, PostLabel.task, PostLabel.label, PostLabel.created_at)
        .join(WatchedPost, WatchedPost.id == PostLabel.post)
        .where(PostLabel.label.is_not(None), WatchedPost.text.is_not(None))
        .order_by(PostLabel.id)
    )
    if task:
        query = query.where(PostLabel.task == task)
    for row in session.execute(query.execution_options(yield_per=CHUNK)).mappings():
        values = {**row, "created_at": row["created_at"].isoformat(timespec="seconds"), "source": EXPORTED_AS}
        yield {name: values[name] for name in COLUMNS}


def _columns() -> Select[*tuple[Any, ...]]:
    return select(WatchedPost.id, WatchedPost.text, WatchedPost.time, WatchedPost.link)


def _candidates(company: Company, task: str, drawn: str) -> Select[*tuple[Any, ...]]:
    """Return the query of a stratum's posts that were neither labelled nor skipped."""
    # + 0: SQLite would use the index of `draw` for half of all posts, and not that of the time
    stratum = WatchedPost.draw < RANDOM_DRAWS if drawn == RANDOM else WatchedPost.draw + 0 >= RANDOM_DRAWS
    labelled = select(PostLabel.id).where(PostLabel.post == WatchedPost.id, PostLabel.task == task).exists()
    return _columns().where(*_classified(company), stratum, ~labelled)


def _classified(company: Company) -> tuple[ColumnElement[bool], ...]:
    has_text = WatchedPost.text.is_not(None)
    return WatchedPost.company_id == company.id, has_text, WatchedPost.model_version.is_not(None)


def _has_answer(task: str) -> ColumnElement[bool]:
    """Return the condition that the model which classified the post has the task."""
    return WatchedPost.answers[(task, "label")].as_string().is_not(None)
