"""A training goes from one state to the next, once, whoever asks, in either kind of database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from emoji_api.database.training_states import ENDED, STATES
from emoji_api.jobs import queue

FACTS = {"epoch": 2, "progress": 0.5, "metrics": {"loss": 1.5, "score": None}}


@pytest.fixture
def do(database):
    """Runs a transition in a transaction of its own."""

    def run(transition, *arguments, **named):
        with database.session() as session:
            return transition(session, *arguments, **named)

    return run


def test_what_is_ordered_is_queued(do, ordered):
    job = do(queue.find, ordered)
    assert (job.state, job.parameters, job.progress, job.metrics, job.reasons) == ("queued", {"epochs": 1}, 0, {}, [])
    assert (job.pid, job.started_at, job.ended_at, job.error, job.cancelling) == (None, None, None, None, False)
    assert abs(datetime.now(UTC) - job.heartbeat) < timedelta(seconds=10)


def test_one_at_a_time(do, ordered):
    job, new = do(queue.order, {})
    assert (job.id, new) == (ordered, False)
    do(queue.end, ordered, "failed", {"error": "no"})
    job, new = do(queue.order, {})
    assert job.id != ordered and new


def test_of_many_at_once_one_is_ordered(do):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: do(queue.order, {}), range(16)))
    assert sum(new for _, new in answers) == 1
    assert len({job.id for job, _ in answers}) == 1 == do(queue.count)


@pytest.mark.parametrize(
    "change", ["state = 'failed'", "slot = NULL", "slot = 2", "state = 'lost'", "state = 'failed', slot = 1"]
)
def test_the_database_itself_keeps_slot_and_state_together(do, ordered, change):
    with pytest.raises(IntegrityError):
        do(lambda session: session.execute(text(f"UPDATE training_jobs SET {change}")))


def test_one_process_claims_it(do, ordered):
    assert do(queue.claim, ordered, 17, "here") == {"epochs": 1}
    assert do(queue.claim, ordered, 18, "there") is None
    job = do(queue.find, ordered)
    assert (job.state, job.pid, job.host, job.started_at is not None) == ("running", 17, "here", True)


def test_the_process_that_claims_it_is_the_one_that_is_named(do, ordered):
    do(queue.name_process, ordered, 17, "here")
    assert (do(queue.find, ordered).pid, do(queue.find, ordered).state) == (17, "queued")
    do(queue.claim, ordered, 18, "there")
    do(queue.name_process, ordered, 17, "here")
    assert do(queue.find, ordered).pid == 18


def test_a_heartbeat_tells(do, ordered):
    do(queue.claim, ordered, 17, "here")
    assert do(queue.beat, ordered, FACTS) is False
    job = do(queue.find, ordered)
    assert {name: getattr(job, name) for name in FACTS} == FACTS
    assert do(queue.beat, ordered, {"state": "validating", "version": "new"}) is False
    assert (do(queue.find, ordered).state, do(queue.find, ordered).version) == ("validating", "new")


def test_a_heartbeat_hears_of_a_cancellation(do, ordered):
    assert do(queue.cancel, ordered) and do(queue.cancel, ordered)
    assert do(queue.beat, ordered, {}) is True
    assert not do(queue.pass_fence, ordered, {})


def test_nobody_promotes_what_was_given_up(do, ordered):
    assert do(queue.pass_fence, ordered, {"version": "new"})
    assert do(queue.find, ordered).version == "new"
    do(queue.end, ordered, "failed", {"error": "the trainer died"})
    assert not do(queue.pass_fence, ordered, {})


@pytest.mark.parametrize("state", ENDED)
def test_an_end_is_the_end(do, ordered, state):
    assert do(queue.end, ordered, state, {"error": "as it is"})
    assert not do(queue.cancel, ordered) and not do(queue.pass_fence, ordered, {})
    assert not do(queue.end, ordered, "promoted", {})
    assert do(queue.beat, ordered, FACTS) is None and do(queue.claim, ordered, 1, "here") is None
    job = do(queue.find, ordered)
    assert (job.state, job.error, job.progress, job.ended_at >= job.created_at) == (state, "as it is", 0, True)


def test_who_was_heard_of_since_is_not_given_up(do, ordered):
    heard = do(queue.find, ordered).heartbeat
    assert not do(queue.end, ordered, "failed", {}, unheard_since=heard - timedelta(seconds=1))
    assert do(queue.end, ordered, "failed", {}, unheard_since=heard)


def test_the_newest_come_first(do):
    ids = []
    for _ in range(5):
        ids.insert(0, do(queue.order, {})[0].id)
        do(queue.end, ids[0], "cancelled", {})
    assert [job.id for job in do(queue.listed, 3)] == ids[:3]
    assert [job.id for job in do(queue.listed, 3, 3)] == ids[3:]
    assert do(queue.count) == 5 and do(queue.running) is None


def test_what_nobody_ordered(do):
    assert do(queue.find, uuid4()) is None and not do(queue.cancel, uuid4())


def test_states_fit_their_column():
    assert max(map(len, STATES)) <= 16
