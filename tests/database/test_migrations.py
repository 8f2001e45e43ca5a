"""The schema that the migrations make is the one that the tables declare, there and back."""

import subprocess
import sys

import alembic.command
import pytest
from sqlalchemy import inspect

from emoji_api.database.base import db
from emoji_api.database.sql import migrate, open_app, upgrade
from tests.server import ROOT


@pytest.fixture
def app(database_url):
    app = open_app(database_url)
    upgrade(app)
    return app


def test_migrations_make_what_the_tables_declare(app):
    with app.app_context():
        alembic.command.check(migrate.get_config())


def test_the_way_back(app):
    with app.app_context():
        alembic.command.downgrade(migrate.get_config(), "base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        alembic.command.upgrade(migrate.get_config(), "head")
        assert set(inspect(db.engine).get_table_names()) >= set(db.metadata.tables)


def test_upgrading_again_changes_nothing(app):
    upgrade(app)


def test_flask_db(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/file.db")
    for command in ("upgrade", "check"):
        subprocess.run([sys.executable, "-m", "flask", "--app", "emoji_api.app", "db", command], cwd=ROOT, check=True)


def test_the_sql_can_be_written_in_place_of_being_run(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/file.db")
    flask = [sys.executable, "-m", "flask", "--app", "emoji_api.app", "db", "upgrade", "--sql"]
    done = subprocess.run(flask, cwd=ROOT, check=True, capture_output=True, text=True)
    assert "CREATE TABLE feedback" in done.stdout
