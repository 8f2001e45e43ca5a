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
def in_session(database):
    """Return a function that calls a function of the queue in its own transaction."""

    def run(function, *arguments, **named):
        with database.session() as session:
            return function(session, *arguments, **named)

    return run


def test_ordered_job_is_queued(in_session, job_id):
    job = in_session(queue.find, job_id)
    assert (job.state, job.parameters, job.progress, job.metrics, job.reasons) == ("queued", {"epochs": 1}, 0, {}, [])
    assert (job.pid, job.started_at, job.ended_at, job.error, job.cancelling) == (None, None, None, None, False)
    assert abs(datetime.now(UTC) - job.heartbeat) < timedelta(seconds=60)


def test_only_one_job_is_active_at_a_time(in_session, job_id):
    job, is_new = in_session(queue.order, {})
    assert (job.id, is_new) == (job_id, False)
    in_session(queue.end, job_id, "failed", {"error": "no"})
    job, is_new = in_session(queue.order, {})
    assert job.id != job_id and is_new


def test_concurrent_orders_create_one_job(in_session):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: in_session(queue.order, {}), range(16)))
    assert sum(is_new for _, is_new in results) == 1
    assert len({job.id for job, _ in results}) == 1 == in_session(queue.count_jobs)


@pytest.mark.parametrize(
    "change", ["state = 'failed'", "slot = NULL", "slot = 2", "state = 'lost'", "state = 'failed', slot = 1"]
)
def test_database_rejects_a_slot_that_contradicts_the_state(in_session, job_id, change):
    with pytest.raises(IntegrityError):
        in_session(lambda session: session.execute(text(f"UPDATE training_jobs SET {change}")))


def test_job_is_claimed_by_only_one_process(in_session, job_id):
    assert in_session(queue.claim, job_id, 17, "here") == {"epochs": 1}
    assert in_session(queue.claim, job_id, 18, "there") is None
    job = in_session(queue.find, job_id)
    assert (job.state, job.pid, job.host, job.started_at is not None) == ("running", 17, "here", True)


def test_process_that_claimed_the_job_is_not_overwritten(in_session, job_id):
    in_session(queue.set_process, job_id, 17, "here")
    assert (in_session(queue.find, job_id).pid, in_session(queue.find, job_id).state) == (17, "queued")
    in_session(queue.claim, job_id, 18, "there")
    in_session(queue.set_process, job_id, 17, "here")
    assert in_session(queue.find, job_id).pid == 18


def test_heartbeat_stores_progress(in_session, job_id):
    in_session(queue.claim, job_id, 17, "here")
    assert in_session(queue.record_heartbeat, job_id, PROGRESS) is False
    job = in_session(queue.find, job_id)
    assert {name: getattr(job, name) for name in PROGRESS} == PROGRESS
    assert in_session(queue.record_heartbeat, job_id, {"state": "validating", "version": "new"}) is False
    assert (in_session(queue.find, job_id).state, in_session(queue.find, job_id).version) == ("validating", "new")


def test_heartbeat_returns_the_request_to_cancel(in_session, job_id):
    assert in_session(queue.cancel, job_id) and in_session(queue.cancel, job_id)
    assert in_session(queue.record_heartbeat, job_id, {}) is True
    assert not in_session(queue.may_promote, job_id, {})


def test_job_that_was_ended_is_not_promoted(in_session, job_id):
    assert in_session(queue.may_promote, job_id, {"version": "new"})
    assert in_session(queue.find, job_id).version == "new"
    in_session(queue.end, job_id, "failed", {"error": "the trainer died"})
    assert not in_session(queue.may_promote, job_id, {})


@pytest.mark.parametrize("state", FINAL_TRAINING_STATES)
def test_ended_job_does_not_change(in_session, job_id, state):
    assert in_session(queue.end, job_id, state, {"error": "first"})
    assert not in_session(queue.cancel, job_id) and not in_session(queue.may_promote, job_id, {})
    assert not in_session(queue.end, job_id, "promoted", {})
    assert in_session(queue.record_heartbeat, job_id, PROGRESS) is None
    assert in_session(queue.claim, job_id, 1, "here") is None
    job = in_session(queue.find, job_id)
    assert (job.state, job.error, job.progress, job.ended_at >= job.created_at) == (state, "first", 0, True)


def test_job_with_a_later_heartbeat_is_not_ended(in_session, job_id):
    heartbeat = in_session(queue.find, job_id).heartbeat
    assert not in_session(queue.end, job_id, "failed", {}, last_heartbeat=heartbeat - timedelta(seconds=1))
    assert in_session(queue.end, job_id, "failed", {}, last_heartbeat=heartbeat)


def test_jobs_are_listed_newest_first(in_session):
    ids = []
    for _ in range(5):
        ids.insert(0, in_session(queue.order, {})[0].id)
        in_session(queue.end, ids[0], "cancelled", {})
    assert [job.id for job in in_session(queue.list_jobs, 3)] == ids[:3]
    assert [job.id for job in in_session(queue.list_jobs, 3, 3)] == ids[3:]
    assert in_session(queue.count_jobs) == 5 and in_session(queue.running) is None


def test_unknown_job_is_neither_found_nor_cancelled(in_session):
    assert in_session(queue.find, uuid4()) is None and not in_session(queue.cancel, uuid4())


def test_decided_jobs_are_those_of_the_gate_and_the_latest_decision_is_first(in_session, job_id):
    ids = [job_id]
    for state in ("promoted", "failed", "rejected", "cancelled"):
        in_session(queue.end, ids[-1], state, {})
        ids.append(in_session(queue.order, {})[0].id)
    decided = in_session(queue.list_decided_jobs, 5)
    assert [(job.id, job.state) for job in decided] == [(ids[2], "rejected"), (ids[0], "promoted")]
    assert [job.id for job in in_session(queue.list_decided_jobs, 1)] == [ids[2]]
