"""Collection of a company's posts: read from the source, stored page by page, classified in bulk, and counted by day.

Each page and each chunk of answers is one transaction, so that a collection can be killed at any time and run again.
"""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from emoji_api.database.extension import Database
from emoji_api.database.tables import Company
from emoji_api.errors import SourceError
from emoji_api.inference.answers import Answer, answer_to_json
from emoji_api.inference.classifier import Classifier
from emoji_api.inference.valid_texts import apply_to_valid
from emoji_api.progress import TEXTS, is_shown, stage
from emoji_api.watch.day import MEASURED
from emoji_api.watch.sources import Page, Source, open_source
from emoji_api.watch.store import (
    PostText,
    count_unclassified,
    get_company,
    outdated,
    set_answers,
    set_unreadable,
    store_page,
    unclassified,
)
from emoji_api.watch.update import update_statistics


@dataclass(kw_only=True)
class CollectionResult:
    """The counts of one collection.

    `found` are the posts that the source returned, `new` those of them that the database did not have, `classified`
    the posts that were classified, including those that an interrupted collection had left. `rejected` are messages
    about malformed entries of the source.
    """

    found: int = 0
    new: int = 0
    classified: int = 0
    rejected: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class AnsweredPosts:
    """Answers by task, by the posts' ids, and the ids of posts that the classifier cannot read."""

    answers: dict[int, dict[str, Answer]]
    unreadable: list[int]


def collect(
    database: Database,
    company_name: str,
    classifier: Classifier,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    oldest: datetime | None = None,
    keep_authors: bool = False,
) -> CollectionResult:
    """Collect the posts about a company and classify those in English. Running it again changes nothing.

    Without `since` and `until` the source continues after the last collection. With one of them it searches
    [`since`, `until`), and the position of the last collection is neither used nor changed. Posts published before
    `oldest`, the start of the retention period, are skipped.

    Raises UnknownCompany, DatabaseUnavailable, and the errors of a source: before a SourceError is raised, the posts
    that were stored are classified.
    """
    with database.session() as session:
        company = get_company(session, company_name)
    source = open_source(company.source, company.options)
    result = CollectionResult()
    try:
        _store_pages(database, company, source, result, since, until, oldest, keep_authors)
    except SourceError:
        _classify(database, company, classifier)
        raise
    result.classified = _classify(database, company, classifier)
    with database.session() as session:
        get_company(session, company_name).collected_at = datetime.now(UTC)
    return result


def reclassify(database: Database, company_name: str, classifier: Classifier) -> int:
    """Classify again the posts whose answers are of another model version. Return their number."""
    with database.session() as session:
        company = get_company(session, company_name)
    return _classify(database, company, classifier, classifier.bundle.version)


def _store_pages(
    database: Database,
    company: Company,
    source: Source,
    result: CollectionResult,
    since: datetime | None,
    until: datetime | None,
    oldest: datetime | None,
    keep_authors: bool,
) -> None:
    continues = since is None and until is None
    first = max((time for time in (since, oldest) if time is not None), default=None)
    cursor = company.cursor if continues else None
    with stage(f"collecting {company.name}", unit="posts") as collecting:
        for page in source.search(company.query, since=first, until=until, cursor=cursor):
            posts = [post for post in page.posts if oldest is None or post.time >= oldest]
            stored = Page(posts=posts, deleted=page.deleted, cursor=page.cursor if continues else None)
            with database.session() as session:
                get_company(session, company.name)  # it may have been removed meanwhile
                new_ids = store_page(session, company, stored, keep_authors=keep_authors)
            result.found += len(posts)
            result.new += len(new_ids)
            result.rejected += page.rejected
            collecting.advance(len(posts))


def _classify(database: Database, company: Company, classifier: Classifier, model_version: str | None = None) -> int:
    """Classify the posts without answers, or without those of `model_version`, and update the statistics.

    Return the number of posts. They are classified chunk by chunk.

    The answers of a chunk are stored in another thread while the network, which releases the interpreter lock, runs on
    the next chunk. Both never use the database at the same time.
    """
    count, last_id = 0, 0
    storing: Future[None] | None = None
    answered: AnsweredPosts | None = None
    total = None
    if is_shown():
        with database.session() as session:
            total = count_unclassified(session, company, model_version)
    with stage(f"classifying {company.name}", total, TEXTS), _unscanned_heap(), ThreadPoolExecutor(1) as pool:
        while posts := _next_posts(database, company, model_version, last_id):
            if answered:
                storing = pool.submit(_store_answers, database, company, classifier, answered)
            last_id = posts[-1].id
            answered = _answer(classifier, posts)
            count += len(answered.answers)
            if storing:
                storing.result()
    if answered:
        _store_answers(database, company, classifier, answered)
    update_statistics(database, company.name, classifier.bundle)
    return count


def _answer(classifier: Classifier, posts: Sequence[PostText]) -> AnsweredPosts:
    answers, refused = apply_to_valid(classifier.analyse, [post.text for post in posts], classifier)
    ids = [post.id for index, post in enumerate(posts) if index not in refused]
    return AnsweredPosts(
        answers=dict(zip(ids, answers, strict=True)), unreadable=[posts[index].id for index in refused]
    )


def _store_answers(database: Database, company: Company, classifier: Classifier, posts: AnsweredPosts) -> None:
    documents = {
        id: {task: answer_to_json(answer, with_scores=task in MEASURED) for task, answer in by_task.items()}
        for id, by_task in posts.answers.items()
    }
    with database.session() as session:
        set_answers(session, company, documents, classifier.bundle.version)
        set_unreadable(session, posts.unreadable)


def _next_posts(database: Database, company: Company, model_version: str | None, after: int) -> Sequence[PostText]:
    with database.session() as session:
        if model_version is None:
            return unclassified(session, company, after=after)
        return outdated(session, company, model_version, after=after)


@contextmanager
def _unscanned_heap() -> Iterator[None]:
    """Keep the garbage collector from scanning the objects that exist already, mostly of modules.

    The many answers start it often, and each scan of all objects takes as long as classifying some posts.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
