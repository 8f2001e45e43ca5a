"""A trainer's heart beats, hears, and keeps the end whatever the database does."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from emoji_api.database.extension import Database
from emoji_api.jobs import queue
from emoji_api.jobs.reporter import Reporter
from tests.trainings import wait_until


@pytest.fixture
def stopped():
    return threading.Event()


@pytest.fixture
def reporter(database, ordered, stopped):
    return Reporter(database, ordered, 0.1, stopped.set)


@pytest.fixture
def job(database, ordered):
    """The training as it is now."""

    def read():
        with database.session() as session:
            return queue.find(session, ordered)

    return read


def test_it_beats_and_tells(reporter, job):
    assert reporter.claim() == {"epochs": 1}
    reporter.tell(epoch=1, progress=0.25)
    reporter.tell(progress=0.5)
    wait_until(lambda: (job().epoch, job().progress) == (1, 0.5))
    first = job().heartbeat
    wait_until(lambda: job().heartbeat > first)
    reporter.end("rejected", reasons=[{"check": "a", "detail": "b"}])
    assert (job().state, job().progress, job().reasons) == ("rejected", 0.5, [{"check": "a", "detail": "b"}])


def test_what_was_told_last_is_kept(reporter, job):
    reporter.claim()
    reporter.tell(state="validating", version="new")
    reporter.end("promoted")
    assert (job().state, job().version) == ("promoted", "new")


def test_it_hears_of_a_cancellation(reporter, job, database, ordered, stopped):
    reporter.claim()
    with database.session() as session:
        queue.cancel(session, ordered)
    assert stopped.wait(30) and not reporter.may_promote()
    reporter.end_stopped(error="told to end")
    assert (job().state, job().error) == ("cancelled", None)


def test_it_hears_that_it_was_given_up(reporter, job, database, ordered, stopped):
    reporter.claim()
    with database.session() as session:
        queue.end(session, ordered, "failed", {"error": "the trainer died"})
    assert stopped.wait(30) and not reporter.may_promote()
    reporter.end("promoted")
    assert (job().state, job().error) == ("failed", "the trainer died")


def test_stopped_by_nobody_here_is_failed(reporter, job):
    reporter.claim()
    reporter.end_stopped(error="told to end")
    assert (job().state, job().error) == ("failed", "told to end")


def test_two_trainers_of_one_training(reporter, database, ordered):
    assert reporter.claim() is not None
    assert Reporter(database, ordered, 0.1, lambda: None).claim() is None
    assert Reporter(database, uuid4(), 0.1, lambda: None).claim() is None
    reporter.end("failed", error="a test")


@pytest.mark.parametrize(("ask", "answer"), [(Reporter.may_promote, True), (lambda one: one.end("promoted"), None)])
def test_a_database_that_is_gone_for_a_while(tmp_path, stopped, monkeypatch, ask, answer):
    monkeypatch.setattr("emoji_api.database.extension.REFUSING_SECONDS", 0.1)
    monkeypatch.setattr("emoji_api.jobs.reporter.REFUSING_SECONDS", 0.1)
    url, database = f"sqlite:///{tmp_path}/here/file.db", Database(f"sqlite:///{tmp_path}/here/file.db")
    with database.session() as session:
        number = queue.order(session, {})[0].id
    reporter = Reporter(Database(url), number, 0.1, stopped.set)
    reporter.claim()
    shutil.move(tmp_path / "here", tmp_path / "away")
    reporter._database._app = None  # an engine's open connections would not notice
    (tmp_path / "here").write_text("in the way")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, reporter)
        time.sleep(1)
        assert not asked.done() and not stopped.is_set()
        (tmp_path / "here").unlink()
        shutil.move(tmp_path / "away", tmp_path / "here")
        assert asked.result(30) == answer
    reporter.end("promoted")
    with Database(url).session() as session:
        assert queue.find(session, number).state == "promoted"
