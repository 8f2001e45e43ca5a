"""Labelling of posts: the queue and its strata, labels, undo, deletion, and the export for training."""

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from emoji_api.database.extension import Database
from emoji_api.database.tables import DRAWS, Company, PostLabel, WatchedPost, draw_number
from emoji_api.errors import NotLabelable, PostLabelled, TaskNotOffered, UnknownLabel, UnknownPostLabel
from emoji_api.inference.intervals import wilson_interval
from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT, TASKS
from emoji_api.watch import labelling, store
from emoji_api.watch.accuracy import accuracy_on_live_posts
from emoji_api.watch.sources import Page, Post
from tests.watch.conftest import answers_of

DAY = date(2026, 10, 1)
TASK = SENTIMENT.name


@pytest.fixture
def queue(session, company):
    """Return a function that returns the queue of the company."""
    return lambda task=TASK, limit=1000: labelling.queue(session, company, task, limit=limit)


@pytest.fixture
def label(session, company):
    """Return a function that labels a post, given by its row id."""

    def record(post, name="neutral", task=SENTIMENT):
        return labelling.record_label(session, company, post=post, task=task, label=name)

    return record


@pytest.fixture
def add_posts(session, company, bundle):
    """Return a function that stores many posts, given the predicted sentiment and the confidence of each."""

    def add(predictions, start=0):
        rows = [
            {
                "company_id": company.id,
                "source": "file",
                "post_id": f"post-{start + number}",
                "time": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=start + number),
                "text": f"post {start + number}",
                "language": "en",
                "model_version": bundle.version,
                "answers": answers_of(sentiment=sentiment, confidence=confidence),
            }
            for number, (sentiment, confidence) in enumerate(predictions)
        ]
        session.execute(insert(WatchedPost), rows)

    return add


def stratum(posts, drawn):
    return [post.id for post in posts if post.drawn == drawn]


def test_queue_has_classified_posts_with_a_text_only(add_post, queue, session, company):
    ids = {add_post(DAY, text=f"text {number}").id for number in range(8)}
    add_post(DAY, language="de")
    forgotten = add_post(DAY)
    store.forget_post(session, company, forgotten.post_id)
    assert {post.id for post in queue()} == ids
    assert {post.text for post in queue()} == {f"text {number}" for number in range(8)}


def test_posts_of_other_companies_are_not_in_the_queue(add_post, queue, session):
    other = Company(name="other", query="x", source="file")
    session.add(other)
    session.flush()
    add_post(DAY)
    assert labelling.queue(session, other, TASK, limit=10) == []
    assert len(queue()) == 1


def test_strata_are_in_turn_and_divide_the_posts_by_their_draw(add_posts, queue, session):
    add_posts([("neutral", 0.8)] * 60)
    posts = queue()
    draws = dict(session.execute(select(WatchedPost.id, WatchedPost.draw)).all())
    assert len(posts) == 60
    assert all((draws[post.id] < DRAWS // 2) == (post.drawn == labelling.RANDOM) for post in posts)
    assert [post.drawn for post in posts[:20]] == [labelling.RANDOM, labelling.UNCERTAIN] * 10


def test_random_stratum_is_in_the_order_of_the_draw_and_the_other_by_confidence(add_posts, queue, session):
    confidences = np.random.default_rng(0).uniform(0.4, 1, 80).tolist()
    add_posts([("neutral", confidence) for confidence in confidences])
    rows = {post.id: post for post in session.scalars(select(WatchedPost))}
    drawn = [rows[id].draw for id in stratum(queue(), labelling.RANDOM)]
    uncertain = [rows[id].answers[TASK]["confidence"] for id in stratum(queue(), labelling.UNCERTAIN)]
    assert drawn == sorted(drawn) and uncertain == sorted(uncertain)


def test_uncertain_posts_are_among_the_newest(add_posts, queue, monkeypatch):
    monkeypatch.setattr(labelling, "WINDOW", 10)
    add_posts([("neutral", 0.5)] * 40)
    add_posts([("neutral", 0.9)] * 40, start=40)
    posts = [post for post in queue() if post.drawn == labelling.UNCERTAIN]
    assert len(posts) == 10
    assert min(post.time for post in posts) >= datetime(2026, 10, 1, 0, 40, tzinfo=UTC)


def test_limit_is_that_of_both_strata_together(add_posts, queue):
    add_posts([("neutral", 0.8)] * 30)
    assert [len(queue(limit=limit)) for limit in (1, 5)] == [1, 5]


def test_draw_does_not_depend_on_the_text_the_time_or_the_answers(session, company):
    ids = [
        store.store_page(
            session,
            company,
            Page(posts=[Post(id=f"{number}", time=datetime(2026, 10, 1, tzinfo=UTC), text="hello")]),
            keep_authors=False,
        )[0]
        for number in range(3)
    ]
    draws = [session.get_one(WatchedPost, id).draw for id in ids]
    assert draws == [draw_number("file", str(number)) for number in range(3)]
    assert len(set(draws)) == 3


def test_draws_are_uniform():
    counts, _ = np.histogram([draw_number("x", str(1_800_000_000 + id)) for id in range(20_000)], 20, (0, DRAWS))
    chi_square = ((counts - 1000) ** 2 / 1000).sum()
    assert chi_square < 43.8  # 99.9 % quantile of 19 degrees of freedom


def test_random_stratum_is_unbiased_and_the_uncertain_one_is_not(add_posts, queue, label, session, company):
    rng = np.random.default_rng(1)
    confidences = rng.uniform(0.34, 1, 3000)
    correct = rng.uniform(size=3000) < confidences  # a calibrated model
    # half of the posts are labelled before the others arrive
    truth = {}
    for part in (slice(0, 1500), slice(1500, 3000)):
        add_posts([("positive", value) for value in confidences[part].tolist()], start=part.start)
        for id, post_id in session.execute(select(WatchedPost.id, WatchedPost.post_id)):
            truth[id] = "positive" if correct[int(post_id.removeprefix("post-"))] else "negative"
        for _ in range(10):
            for post in queue(limit=40):
                label(post.id, truth[post.id])
    live = accuracy_on_live_posts(session, company, TASK)
    assert (live.overall.labels, live.uncertain) == (400, 400)
    error = math.sqrt(correct.mean() * (1 - correct.mean()) / 400)
    assert abs(live.overall.accuracy - correct.mean()) < 3 * error
    labels = session.execute(select(PostLabel.post, PostLabel.drawn, PostLabel.label, PostLabel.predicted)).all()
    of_random = [row.post for row in labels if row.drawn == labelling.RANDOM]
    answers = dict(session.execute(select(WatchedPost.id, WatchedPost.answers)).all())
    confidence_of_random = np.mean([answers[id][TASK]["confidence"] for id in of_random])
    assert abs(confidence_of_random - confidences.mean()) < 3 * confidences.std() / 20
    # all labels together would underestimate the accuracy: the test would notice a biased sample
    of_all = np.mean([row.label == row.predicted for row in labels])
    assert correct.mean() - of_all > 3 * error


def test_later_posts_enter_the_random_sample(add_posts, queue, label, session):
    add_posts([("neutral", 0.8)] * 400)
    for id in stratum(queue(), labelling.RANDOM)[:100]:
        label(id)
    add_posts([("neutral", 0.8)] * 400, start=400)
    for id in stratum(queue(), labelling.RANDOM)[:100]:
        label(id)
    labelled = select(PostLabel.post)
    draw = select(WatchedPost.draw).where(WatchedPost.draw < DRAWS // 2)
    sampled = session.scalars(draw.where(WatchedPost.id.in_(labelled))).all()
    others = session.scalars(draw.where(WatchedPost.id.not_in(labelled))).all()
    assert max(sampled) < min(others)  # the smallest draws of all posts, old and new


def test_labelled_and_skipped_posts_leave_the_queue_of_their_task(add_post, queue, label):
    posts = [add_post(DAY).id for _ in range(3)]
    label(posts[0])
    label(posts[1], None)
    assert [post.id for post in queue()] == [posts[2]]
    assert {post.id for post in queue(EMOTION.name)} == set(posts)


def test_label_has_the_answer_of_the_model_at_that_time(add_post, label, bundle, session):
    post = add_post(DAY, sentiment="positive")
    stored = label(post.id, "negative")
    assert (stored.post, stored.task, stored.label) == (post.id, TASK, "negative")
    assert (stored.predicted, stored.model_version) == ("positive", bundle.version)
    assert stored.drawn == (labelling.RANDOM if post.draw < DRAWS // 2 else labelling.UNCERTAIN)


def test_second_label_is_refused_also_after_a_skip(add_post, label):
    first, second = add_post(DAY).id, add_post(DAY).id
    label(first)
    label(second, None)
    for post in (first, second):
        with pytest.raises(PostLabelled, match=f"post {post} "):
            label(post, "positive")
    label(first, "joy", EMOTION)


def test_concurrent_labels_of_one_post_are_stored_once(database_url, bundle):
    database = Database(database_url)
    with database.session() as session:
        company = store.add_company(session, "acme", "x", "file", {})
        post = WatchedPost(
            company_id=company.id,
            source="file",
            post_id="1",
            time=datetime.now(UTC),
            text="fine",
            model_version=bundle.version,
            answers=answers_of(),
        )
        session.add(post)

    def send(name):
        try:
            with database.session() as session:
                labelling.record_label(session, company, post=post.id, task=SENTIMENT, label=name)
        except PostLabelled:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, SENTIMENT.labels * 4)) == [False] * 11 + [True]
    database.close()


def test_unknown_label_is_refused(add_post, label, queue):
    post = add_post(DAY).id
    with pytest.raises(UnknownLabel, match="sentiment has no label 'joy'"):
        label(post, "joy")
    assert [queued.id for queued in queue()] == [post]


def test_post_that_cannot_be_labelled_is_unknown(add_post, label, session, company):
    other = Company(name="other", query="x", source="file")
    session.add(other)
    session.flush()
    forgotten = add_post(DAY)
    store.forget_post(session, company, forgotten.post_id)
    for post in (forgotten.id, add_post(DAY, language="de").id, 999_999):
        with pytest.raises(NotLabelable, match=str(post)):
            label(post)
    with pytest.raises(NotLabelable):
        labelling.record_label(session, other, post=add_post(DAY).id, task=SENTIMENT, label="neutral")


def test_undone_label_brings_the_post_back(add_post, label, queue, session, company):
    post = add_post(DAY).id
    first = label(post)
    labelling.delete_label(session, company, first.id)
    assert [queued.id for queued in queue()] == [post]
    with pytest.raises(UnknownPostLabel):
        labelling.delete_label(session, company, first.id)
    assert label(post).id != first.id  # an id is not used again: it would undo another label


def test_label_of_another_company_cannot_be_undone(add_post, label, session):
    other = Company(name="other", query="x", source="file")
    session.add(other)
    session.flush()
    stored = label(add_post(DAY).id)
    with pytest.raises(UnknownPostLabel):
        labelling.delete_label(session, other, stored.id)


def test_forgotten_purged_and_removed_posts_lose_their_labels(add_post, label, session, company):
    posts = [add_post(DAY + timedelta(days=days)) for days in range(4)]
    for post in posts:
        label(post.id)

    def labelled():
        return set(session.scalars(select(PostLabel.post)))

    store.forget_post(session, company, posts[3].post_id)
    assert labelled() == {post.id for post in posts[:3]}
    store.purge(session, datetime(2026, 10, 2, tzinfo=UTC))
    assert labelled() == {posts[1].id, posts[2].id}
    session.execute(delete(WatchedPost).where(WatchedPost.id == posts[1].id))
    assert labelled() == {posts[2].id}
    store.remove_company(session, company.name)
    assert labelled() == set()


def test_label_of_a_missing_post_is_refused_by_the_database(session, engine):
    session.add(PostLabel(post=1, task=TASK, label="neutral", drawn="random"))
    with pytest.raises(IntegrityError):
        session.flush()


def test_offered_tasks_are_those_of_the_bundle():
    assert [task.name for task in labelling.offered_tasks(TASKS)] == ["sentiment", "emotion", "offensive", "hate"]
    assert labelling.offered_tasks({"emotion": EMOTION, "phrase": PHRASE}) == [EMOTION]
    with pytest.raises(TaskNotOffered, match="'phrase'; choose emotion"):
        labelling.offered_task({"emotion": EMOTION, "phrase": PHRASE}, "phrase")


def test_export_has_labels_but_no_skips_and_no_forgotten_posts(add_post, label, session, company):
    posts = [add_post(DAY, text=f"text {number}") for number in range(4)]
    label(posts[0].id, "positive")
    label(posts[1].id, None)
    label(posts[2].id, "negative")
    label(posts[3].id, "joy", EMOTION)
    store.forget_post(session, company, posts[2].post_id)
    rows = list(labelling.export_labels(session))
    assert [(row["text"], row["task"], row["label"], row["source"]) for row in rows] == [
        ("text 0", "sentiment", "positive", "post"),
        ("text 3", "emotion", "joy", "post"),
    ]
    assert [row["label"] for row in labelling.export_labels(session, task="emotion")] == ["joy"]


def test_accuracy_counts_the_random_labels(add_posts, queue, label, session, company):
    add_posts([("neutral", 0.8)] * 40)
    posts = queue()
    chosen = stratum(posts, labelling.RANDOM)[:10]
    for number, id in enumerate(chosen):
        label(id, ("neutral", "neutral", "positive", None)[number % 4])
    for id in stratum(posts, labelling.UNCERTAIN)[:3]:
        label(id, "negative")
    live = accuracy_on_live_posts(session, company, TASK)
    assert (live.overall.labels, live.overall.correct, live.skipped, live.uncertain) == (8, 6, 2, 3)
    assert live.overall.accuracy == 0.75
    assert live.overall.interval == wilson_interval(6, 8)
    assert live.overall.macro_f1 == pytest.approx((2 * 6 / 14 + 0) / 2)
    assert accuracy_on_live_posts(session, company, EMOTION.name).overall.labels == 0


def test_accuracy_is_that_of_the_current_answers(add_posts, queue, label, session, company, bundle):
    add_posts([("neutral", 0.8)] * 40)
    first, second = stratum(queue(), labelling.RANDOM)[:2]
    label(first, "positive")
    label(second, "positive")
    assert accuracy_on_live_posts(session, company, TASK).overall.accuracy == 0
    store.set_answers(session, company, {first: answers_of(sentiment="positive")}, "next")
    live = accuracy_on_live_posts(session, company, TASK)
    assert live.overall.accuracy == 0.5
    assert {version: share.accuracy for version, share in live.by_model_version.items()} == {
        bundle.version: 0,
        "next": 1,
    }


def test_older_labels_do_not_count(add_posts, queue, label, session, company):
    add_posts([("neutral", 0.8)] * 20)
    old, new = stratum(queue(), labelling.RANDOM)[:2]
    label(old).created_at = datetime.now(UTC) - timedelta(days=2)
    label(new, "positive")
    session.flush()
    since = datetime.now(UTC) - timedelta(days=1)
    assert accuracy_on_live_posts(session, company, TASK, since=since).overall.accuracy == 0
    assert accuracy_on_live_posts(session, company, TASK).overall.accuracy == 0.5


def test_without_labels_there_is_no_accuracy(session, company):
    live = accuracy_on_live_posts(session, company, TASK)
    assert (live.overall.labels, live.overall.accuracy, live.overall.interval, live.overall.macro_f1) == (
        0,
        None,
        None,
        None,
    )
    assert live.by_model_version == {}
