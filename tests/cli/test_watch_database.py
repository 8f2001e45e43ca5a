"""`emoji-api watch collect` on a full disk and on a locked database: an error, and nothing lost or doubled."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event, select

from emoji_api.cli.main import main
from emoji_api.database.engine import sqlite_file
from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost
from emoji_api.inference.classifier import Classifier
from emoji_api.watch import store

SAMPLE = files("emoji_api").joinpath("watch", "sample.jsonl")
POSTS = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
IN_ENGLISH = 188
POSTS_PER_CHUNK = 50

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path, monkeypatch) -> Database:
    """The database of the settings, in which a company is watched."""
    url = f"sqlite:///{tmp_path}/emoji_api.db"
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", url)
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "models"))
    monkeypatch.setitem(store.unclassified.__kwdefaults__, "limit", POSTS_PER_CHUNK)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    database = Database(url)
    with database.session() as session:
        store.add_company(session, "Nimbus", "*", "file", {"path": str(SAMPLE)})
    return database


def watch(*arguments):
    return CliRunner().invoke(main, ["watch", *arguments, "--json"])


def stored(database):
    """Return the numbers of stored and of classified posts. No post is stored twice."""
    with database.session() as session:
        posts = session.scalars(select(WatchedPost)).all()
    assert len({post.post_id for post in posts}) == len(posts)
    return len(posts), sum(post.answers is not None for post in posts)


def check_next_collection(database):
    """Check that the next collection and report are complete."""
    before = stored(database)
    counts = json.loads(watch("collect", "Nimbus").stdout)
    assert counts == {"found": 200, "new": 200 - before[0], "classified": IN_ENGLISH - before[1]}
    assert stored(database) == (200, IN_ENGLISH)
    days = json.loads(watch("report", "Nimbus").stdout)["days"]
    assert sum(day["posts"] for day in days) == 200
    assert sum(day["classified"] for day in days) == IN_ENGLISH


@contextmanager
def disk_of(pages: int) -> Iterator[None]:
    """Let SQLite fail as on a full disk when a database grows beyond this number of pages of 4096 bytes."""

    def limit(connection, _):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)
    yield
    event.remove(Engine, "connect", limit)


@pytest.mark.parametrize(("pages", "expected"), [(30, (0, 0)), (52, (200, 0)), (80, (200, 100))])
def test_full_disk_is_an_error_and_nothing_is_lost(database, pages, expected):
    with disk_of(pages):
        result = watch("collect", "Nimbus")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database cannot be used now" in result.stderr
    assert stored(database) == expected
    check_next_collection(database)


@contextmanager
def locked_by_another_process(database: Database) -> Iterator[None]:
    command = [sys.executable, "-c", LOCK, str(sqlite_file(database.url))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"locked\n"
        yield
        process.stdin.close()


def test_locked_database_is_an_error_and_stores_nothing(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.engine.BUSY_SECONDS", 0.1)
    with locked_by_another_process(database):
        result = watch("collect", "Nimbus")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database cannot be used now" in result.stderr
    assert stored(database) == (0, 0)
    check_next_collection(database)


def test_database_that_is_locked_during_the_collection_keeps_what_was_stored(database, monkeypatch):
    monkeypatch.setattr("emoji_api.database.engine.BUSY_SECONDS", 0.1)
    analyse, calls = Classifier.analyse, []
    locked = locked_by_another_process(database)

    def lock_in_the_third_chunk(self, texts):
        calls.append(texts)
        if len(calls) == 3:
            locked.__enter__()
        return analyse(self, texts)

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "analyse", lock_in_the_third_chunk)
        result = watch("collect", "Nimbus")
    locked.__exit__(None, None, None)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database cannot be used now" in result.stderr
    assert stored(database) in [(200, 50), (200, 100)]
    check_next_collection(database)
