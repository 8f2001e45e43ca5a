"""Heartbeats, progress and results of a trainer, also while the database is unavailable."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from emoji_api.database.extension import Database
from emoji_api.jobs import queue
from emoji_api.jobs.reporter import Reporter
from tests.waiting import WAIT_SECONDS, wait_until


@pytest.fixture
def stop_requested():
    return threading.Event()


@pytest.fixture
def reporter(database, job_id, stop_requested):
    return Reporter(database, job_id, 0.1, stop_requested.set)


@pytest.fixture
def job(database, job_id):
    """Return a function that reads the current row of the job."""

    def read():
        with database.session() as session:
            return queue.find(session, job_id)

    return read


def test_heartbeats_store_progress(reporter, job):
    assert reporter.claim() == {"epochs": 1}
    reporter.update(epoch=1, progress=0.25)
    reporter.update(progress=0.5)
    wait_until(lambda: (job().epoch, job().progress) == (1, 0.5))
    first = job().heartbeat
    wait_until(lambda: job().heartbeat > first)
    reporter.end("rejected", reasons=[{"check": "a", "detail": "b"}])
    assert (job().state, job().progress, job().reasons) == ("rejected", 0.5, [{"check": "a", "detail": "b"}])


def test_updates_after_the_last_heartbeat_are_stored_at_the_end(reporter, job):
    reporter.claim()
    reporter.update(state="validating", version="new")
    reporter.end("promoted")
    assert (job().state, job().version) == ("promoted", "new")


def test_cancellation_requests_a_stop(reporter, job, database, job_id, stop_requested):
    reporter.claim()
    with database.session() as session:
        queue.cancel(session, job_id)
    assert stop_requested.wait(WAIT_SECONDS) and not reporter.may_promote()
    reporter.end_stopped(error="stopped")
    assert (job().state, job().error) == ("cancelled", None)


def test_end_by_another_process_requests_a_stop(reporter, job, database, job_id, stop_requested):
    reporter.claim()
    with database.session() as session:
        queue.end(session, job_id, "failed", {"error": "the trainer died"})
    assert stop_requested.wait(WAIT_SECONDS) and not reporter.may_promote()
    reporter.end("promoted")
    assert (job().state, job().error) == ("failed", "the trainer died")


def test_stop_without_a_cancellation_is_a_failure(reporter, job):
    reporter.claim()
    reporter.end_stopped(error="stopped")
    assert (job().state, job().error) == ("failed", "stopped")


def test_claimed_and_unknown_jobs_cannot_be_claimed(reporter, database, job_id):
    assert reporter.claim() is not None
    assert Reporter(database, job_id, 0.1, lambda: None).claim() is None
    assert Reporter(database, uuid4(), 0.1, lambda: None).claim() is None
    reporter.end("failed", error="a test")


@pytest.mark.parametrize(
    ("call", "result"), [(Reporter.may_promote, True), (lambda reporter: reporter.end("promoted"), None)]
)
def test_unavailable_database_is_retried(tmp_path, stop_requested, monkeypatch, call, result):
    monkeypatch.setattr("emoji_api.database.extension.REFUSING_SECONDS", 0.1)
    monkeypatch.setattr("emoji_api.jobs.reporter.REFUSING_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path}/here/file.db"
    with Database(url).session() as session:
        job_id = queue.order(session, {})[0].id
    database = Database(url)
    reporter = Reporter(database, job_id, 0.1, stop_requested.set)
    reporter.claim()
    shutil.move(tmp_path / "here", tmp_path / "away")
    (tmp_path / "here").write_text("in the way")
    database.close()  # an open connection would not notice
    with ThreadPoolExecutor(1) as pool:
        attempt = pool.submit(call, reporter)
        time.sleep(1)
        assert not attempt.done() and not stop_requested.is_set()
        (tmp_path / "here").unlink()
        shutil.move(tmp_path / "away", tmp_path / "here")
        assert attempt.result(WAIT_SECONDS) == result
    reporter.end("promoted")
    with Database(url).session() as session:
        assert queue.find(session, job_id).state == "promoted"
