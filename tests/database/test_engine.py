"""Engines for SQLite files and PostgreSQL URLs, and a missing PostgreSQL driver."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from emoji_api.database.engine import open_engine, sqlite_file
from emoji_api.database.extension import Database
from emoji_api.errors import DatabaseUnavailable
from tests.server import ROOT

WITHOUT_PSYCOPG = "import sys; sys.modules['psycopg'] = None; "


def run_without_psycopg(code: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"EMOJI_API_DATABASE_URL": "postgresql://someone@127.0.0.1:9/nothing"}
    command = [sys.executable, "-c", WITHOUT_PSYCOPG + code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def execute(database, statement):
    with database.session() as session:
        return session.execute(text(statement)).scalars().all()


def test_opening_an_engine_does_not_create_the_sqlite_file(tmp_path):
    open_engine(f"sqlite:///{tmp_path}/folder/file.db")
    assert list((tmp_path / "folder").iterdir()) == []


def test_sqlite_uses_a_write_ahead_log_and_waits_for_other_writers(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/file.db")
    assert execute(database, "PRAGMA journal_mode") == ["wal"]
    assert execute(database, "PRAGMA busy_timeout") == [5000]


def test_sqlite_path_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    execute(Database("sqlite:///instance/emoji_api.db"), "SELECT 1")
    assert (tmp_path / "instance" / "emoji_api.db").is_file()


def test_in_memory_database_is_shared_by_all_sessions():
    database = Database("sqlite://")
    assert [execute(database, "SELECT count(*) FROM feedback") for _ in range(2)] == [[0], [0]]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////folder/file.db", Path("/folder/file.db")),
        ("sqlite:///file.db", Path.cwd() / "file.db"),
        ("sqlite://", None),
        ("postgresql://user@host/name", None),
    ],
)
def test_path_of_the_sqlite_file(url, file):
    assert sqlite_file(url) == file


@pytest.mark.parametrize("url", ["sqlite://user@host/", "postgresql://user@host:port/name", "postgresql:nothing"])
def test_invalid_url_is_reported(url):
    with pytest.raises(DatabaseUnavailable):
        open_engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_url_schemes(postgresql, scheme):
    url = postgresql.new_database()
    execute(Database(url.replace("postgresql://", f"{scheme}://")), "SELECT 1")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (0,)


def test_command_line_without_psycopg_says_what_to_install():
    done = run_without_psycopg("from emoji_api.cli.main import main; main(['feedback', 'list'])")
    assert done.returncode == 1
    assert "psycopg" in done.stderr and "[postgresql]'" in done.stderr and "Traceback" not in done.stderr


def test_service_without_psycopg_starts_logs_what_to_install_and_answers_feedback_with_503():
    done = run_without_psycopg(
        "from emoji_api.app import create_app; client = create_app().test_client(); print(file=sys.stderr);"
        "body = {'text': 'so happy', 'task': 'emotion', 'label': 'joy'};"
        "print(client.get('/health/ready').status_code, client.post('/feedback', json=body).status_code)"
    )
    assert done.stdout.split() == ["200", "503"], done.stderr
    start = done.stderr.partition("\n\n")[0]
    assert "psycopg" in start and "[postgresql]'" in start and "Traceback" not in done.stderr
