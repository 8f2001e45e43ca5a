"""State transitions of training jobs: each is made once, by one of several concurrent processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from emoji_api.database.tables import FINAL_TRAINING_STATES
from emoji_api.jobs import queue

PROGRESS = {"epoch": 2, "progress": 0.5, "metrics": {"loss": 1.5, "score": None}}


@pytest.fixture
def do(database):
    """Call a function of the queue in its own transaction."""

    def run(function, *arguments, **named):
        with database.session() as session:
            return function(session, *arguments, **named)

    return run


def test_ordered_job_is_queued(do, ordered):
    job = do(queue.find, ordered)
    assert (job.state, job.parameters, job.progress, job.metrics, job.reasons) == ("queued", {"epochs": 1}, 0, {}, [])
    assert (job.pid, job.started_at, job.ended_at, job.error, job.cancelling) == (None, None, None, None, False)
    assert abs(datetime.now(UTC) - job.heartbeat) < timedelta(seconds=60)


def test_one_job_is_active_at_a_time(do, ordered):
    job, is_new = do(queue.order, {})
    assert (job.id, is_new) == (ordered, False)
    do(queue.end, ordered, "failed", {"error": "no"})
    job, is_new = do(queue.order, {})
    assert job.id != ordered and is_new


def test_concurrent_orders_create_one_job(do):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: do(queue.order, {}), range(16)))
    assert sum(is_new for _, is_new in results) == 1
    assert len({job.id for job, _ in results}) == 1 == do(queue.count_jobs)


@pytest.mark.parametrize(
    "change", ["state = 'failed'", "slot = NULL", "slot = 2", "state = 'lost'", "state = 'failed', slot = 1"]
)
def test_database_rejects_a_slot_that_contradicts_the_state(do, ordered, change):
    with pytest.raises(IntegrityError):
        do(lambda session: session.execute(text(f"UPDATE training_jobs SET {change}")))


def test_one_process_claims_a_job(do, ordered):
    assert do(queue.claim, ordered, 17, "here") == {"epochs": 1}
    assert do(queue.claim, ordered, 18, "there") is None
    job = do(queue.find, ordered)
    assert (job.state, job.pid, job.host, job.started_at is not None) == ("running", 17, "here", True)


def test_process_that_claimed_the_job_is_not_overwritten(do, ordered):
    do(queue.set_process, ordered, 17, "here")
    assert (do(queue.find, ordered).pid, do(queue.find, ordered).state) == (17, "queued")
    do(queue.claim, ordered, 18, "there")
    do(queue.set_process, ordered, 17, "here")
    assert do(queue.find, ordered).pid == 18


def test_heartbeat_stores_progress(do, ordered):
    do(queue.claim, ordered, 17, "here")
    assert do(queue.record_heartbeat, ordered, PROGRESS) is False
    job = do(queue.find, ordered)
    assert {name: getattr(job, name) for name in PROGRESS} == PROGRESS
    assert do(queue.record_heartbeat, ordered, {"state": "validating", "version": "new"}) is False
    assert (do(queue.find, ordered).state, do(queue.find, ordered).version) == ("validating", "new")


def test_heartbeat_returns_the_request_to_cancel(do, ordered):
    assert do(queue.cancel, ordered) and do(queue.cancel, ordered)
    assert do(queue.record_heartbeat, ordered, {}) is True
    assert not do(queue.may_promote, ordered, {})


def test_job_that_was_ended_is_not_promoted(do, ordered):
    assert do(queue.may_promote, ordered, {"version": "new"})
    assert do(queue.find, ordered).version == "new"
    do(queue.end, ordered, "failed", {"error": "the trainer died"})
    assert not do(queue.may_promote, ordered, {})


@pytest.mark.parametrize("state", FINAL_TRAINING_STATES)
def test_ended_job_does_not_change(do, ordered, state):
    assert do(queue.end, ordered, state, {"error": "first"})
    assert not do(queue.cancel, ordered) and not do(queue.may_promote, ordered, {})
    assert not do(queue.end, ordered, "promoted", {})
    assert do(queue.record_heartbeat, ordered, PROGRESS) is None and do(queue.claim, ordered, 1, "here") is None
    job = do(queue.find, ordered)
    assert (job.state, job.error, job.progress, job.ended_at >= job.created_at) == (state, "first", 0, True)


def test_job_with_a_later_heartbeat_is_not_ended(do, ordered):
    heartbeat = do(queue.find, ordered).heartbeat
    assert not do(queue.end, ordered, "failed", {}, last_heartbeat=heartbeat - timedelta(seconds=1))
    assert do(queue.end, ordered, "failed", {}, last_heartbeat=heartbeat)


def test_jobs_are_listed_newest_first(do):
    ids = []
    for _ in range(5):
        ids.insert(0, do(queue.order, {})[0].id)
        do(queue.end, ids[0], "cancelled", {})
    assert [job.id for job in do(queue.list_jobs, 3)] == ids[:3]
    assert [job.id for job in do(queue.list_jobs, 3, 3)] == ids[3:]
    assert do(queue.count_jobs) == 5 and do(queue.running) is None


def test_unknown_job(do):
    assert do(queue.find, uuid4()) is None and not do(queue.cancel, uuid4())
