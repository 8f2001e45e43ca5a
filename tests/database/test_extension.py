"""A database is opened at its first use, by several processes at once, and is missed without a fault."""

import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from flask import Flask
from sqlalchemy import inspect, text

from emoji_api.database.extension import Database
from emoji_api.errors import DatabaseUnavailable
from tests.server import ROOT

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


def test_nothing_is_opened_before_it_is_used(tmp_path):
    Database(f"sqlite:///{tmp_path}/some/folder/file.db")
    assert list(tmp_path.iterdir()) == []


def test_schema_is_made_at_first_use(database):
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_processes_that_start_at_once_share_one_schema(database_url):
    command = [sys.executable, "-c", RECEIVE, database_url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sorted(process.communicate()[0].strip() for process in started) == ["1 False", "1 True"]


def test_what_fails_in_a_session_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.session() as session:
        session.execute(text("INSERT INTO feedback VALUES (1, 'a', 'b', 'c', 'd', 'e', 'new', '2025-01-01')"))
        _ = 1 / 0
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_sqlite_writes_ahead_and_waits(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/file.db")
    assert execute(database, "PRAGMA journal_mode") == ["wal"]
    assert execute(database, "PRAGMA busy_timeout") == [5000]


def test_a_file_is_named_from_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    execute(Database("sqlite:///instance/emoji_api.db"), "SELECT 1")
    assert (tmp_path / "instance" / "emoji_api.db").is_file()


def refused_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"postgresql://someone:secret@127.0.0.1:{free.getsockname()[1]}/nothing"


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/nothing/file.db", "sqlite:////proc/version", "sqlite://x@y/", refused_url()]
)
def test_a_database_that_cannot_be_used(url, caplog):
    with pytest.raises(DatabaseUnavailable, match="cannot be used now") as raised, Database(url).session():
        pass
    assert raised.value.reason and raised.value.reason in caplog.text
    assert "secret" not in caplog.text


def test_a_database_that_failed_is_left_alone_for_a_while_and_then_asked_again(tmp_path, monkeypatch):
    (tmp_path / "folder").write_text("in the way")
    database = Database(f"sqlite:///{tmp_path}/folder/file.db")
    with pytest.raises(DatabaseUnavailable), database.session():
        pass
    (tmp_path / "folder").unlink()
    with pytest.raises(DatabaseUnavailable, match="later") as raised, database.session():
        pass
    assert "a moment ago" in raised.value.reason
    monkeypatch.setattr("emoji_api.database.extension.time.monotonic", lambda now=database._refuse_until: now)
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


@pytest.fixture
def silent():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def connections(server):
    """How many were made, and not taken yet."""
    server.setblocking(False)
    for count in range(100):
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count


def test_those_that_come_at_once_wait_for_a_silent_database_once(silent, monkeypatch):
    monkeypatch.setattr("emoji_api.database.sql.BUSY_SECONDS", 2)
    database, together = Database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"), Barrier(8)

    def use(_):
        together.wait()
        with pytest.raises(DatabaseUnavailable), database.session():
            pass

    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            list(pool.map(use, range(8)))
            assert connections(silent) == 1
            database._refuse_until = time.monotonic()


def test_while_a_silent_database_is_asked_again_others_do_not_wait(silent):
    database = Database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing")
    database._refuse_until = time.monotonic()  # it failed before
    with ThreadPoolExecutor(1) as pool:
        asks = pool.submit(execute, database, "SELECT 1")
        connection = silent.accept()[0]
        with pytest.raises(DatabaseUnavailable) as raised, database.session():
            pass
        assert "a moment ago" in raised.value.reason and not asks.done()
        connection.close()
        assert isinstance(asks.exception(30), DatabaseUnavailable)


def test_a_schema_that_was_dropped_comes_back(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.extension.REFUSING_SECONDS", 0)
    with database.session() as session:
        for table in inspect(session.connection()).get_table_names():
            session.execute(text(f"DROP TABLE {table}"))
    with pytest.raises(DatabaseUnavailable):
        execute(database, "SELECT count(*) FROM feedback")
    assert execute(database, "SELECT count(*) FROM feedback") == [0]


def test_a_schema_of_a_later_version_is_left_alone(database, database_url):
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(DatabaseUnavailable) as raised, Database(database_url).session():
        pass
    assert "later" in raised.value.reason


def test_a_service_has_one(tmp_path):
    app, database = Flask("some"), Database(f"sqlite:///{tmp_path}/file.db")
    database.init_app(app)
    result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 0, result.output
    with sqlite3.connect(tmp_path / "file.db") as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (0,)


def test_postgresql_by_its_usual_name(postgresql):
    url = postgresql.new_database()
    execute(Database(url.replace("postgresql://", "postgres://")), "SELECT 1")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (0,)
