"""Opening a database at first use, also from several processes, and refusing it for a while after a failure."""

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from emoji_api.database.extension import Database, served_database
from emoji_api.errors import DatabaseUnavailable
from tests.server import ROOT
from tests.waiting import WAIT_SECONDS

RECEIVE = """
import sys
from emoji_api.database.extension import Database
import emoji_api.database.feedback as feedback
sys.stdin.readline()
with Database(sys.argv[1]).session() as session:
    print(*feedback.receive(session, text="same", task="emotion", label="joy", consent=True))
"""


def execute(database, statement):
    with database.session() as session:
        return session.execute(text(statement)).scalars().all()


def test_opening_a_database_creates_no_files(tmp_path):
    Database(f"sqlite:///{tmp_path}/some/folder/file.db")
    assert list(tmp_path.iterdir()) == []


def test_first_session_creates_the_schema(database):
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_processes_that_start_together_upgrade_the_schema_once(database_url):
    command = [sys.executable, "-c", RECEIVE, database_url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sorted(process.communicate()[0].strip() for process in started) == [*["1 False"] * 3, "1 True"]


def test_session_that_raises_is_rolled_back(database):
    with pytest.raises(ZeroDivisionError), database.session() as session:
        session.execute(text("INSERT INTO feedback VALUES (1, 'a', 'b', 'c', 'd', 'e', 'new', '2025-01-01')"))
        _ = 1 / 0
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_closed_database_is_opened_again(database):
    execute(database, "SELECT 1")
    database.close()
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////proc/nothing/file.db",
        "sqlite:////proc/version",
        "sqlite://x@y/",
        "postgresql://someone:secret@127.0.0.1:1/nothing",
    ],
)
def test_unusable_database_is_reported_and_logged_without_its_password(url, caplog):
    with pytest.raises(DatabaseUnavailable) as raised, Database(url).session():
        pass
    assert raised.value.reason and raised.value.reason in caplog.text
    assert "secret" not in caplog.text


def test_sessions_are_refused_for_a_while_after_a_failure(tmp_path, monkeypatch):
    (tmp_path / "folder").write_text("in the way")
    database = Database(f"sqlite:///{tmp_path}/folder/file.db")
    with pytest.raises(DatabaseUnavailable), database.session():
        pass
    (tmp_path / "folder").unlink()
    with pytest.raises(DatabaseUnavailable) as raised, database.session():
        pass
    assert "a moment ago" in raised.value.reason
    monkeypatch.setattr("emoji_api.database.extension.time.monotonic", lambda now=database._refuse_until: now)
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


@pytest.fixture
def silent_server():
    """A server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def count_connections(server):
    """Accept and close all waiting connections; return their number."""
    server.setblocking(False)
    for count in range(100):
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count


def test_concurrent_sessions_connect_to_a_silent_database_once(silent_server, monkeypatch):
    monkeypatch.setattr("emoji_api.database.engine.BUSY_SECONDS", 2)
    database = Database(f"postgresql://nobody@127.0.0.1:{silent_server.getsockname()[1]}/nothing")
    barrier = Barrier(8)

    def use(_):
        barrier.wait()
        with pytest.raises(DatabaseUnavailable), database.session():
            pass

    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            list(pool.map(use, range(8)))
            assert count_connections(silent_server) == 1
            database._refuse_until = time.monotonic()


def test_other_threads_do_not_wait_for_the_second_attempt(silent_server):
    database = Database(f"postgresql://nobody@127.0.0.1:{silent_server.getsockname()[1]}/nothing")
    database._refuse_until = time.monotonic()  # an earlier attempt failed
    with ThreadPoolExecutor(1) as pool:
        attempt = pool.submit(execute, database, "SELECT 1")
        connection = silent_server.accept()[0]
        with pytest.raises(DatabaseUnavailable) as raised, database.session():
            pass
        assert "a moment ago" in raised.value.reason and not attempt.done()
        connection.close()
        assert isinstance(attempt.exception(WAIT_SECONDS), DatabaseUnavailable)


def test_dropped_schema_is_created_again(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.extension.REFUSING_SECONDS", 0)
    with database.session() as session:
        tables = inspect(session.connection()).get_sorted_table_and_fkc_names()
        for name in reversed([name for name, _ in tables if name]):  # referring tables before those they refer to
            session.execute(text(f"DROP TABLE {name}"))
    with pytest.raises(DatabaseUnavailable):
        execute(database, "SELECT count(*) FROM feedback")
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_newer_schema_is_refused_and_not_changed(database, database_url):
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(DatabaseUnavailable) as raised, Database(database_url).session():
        pass
    assert "later" in raised.value.reason


def test_application_has_one_database(tmp_path):
    app, database = Flask("some"), Database(f"sqlite:///{tmp_path}/file.db")
    database.init_app(app)
    with app.app_context():
        assert served_database() is database
