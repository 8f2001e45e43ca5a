"""Migrations create the declared tables and can be undone; databases of earlier versions are upgraded."""

import os
import subprocess
import sys

import alembic.command
import pytest
from sqlalchemy import create_engine, inspect, text

from emoji_api.database.base import Base
from emoji_api.database.engine import open_engine
from emoji_api.database.extension import Database
from emoji_api.database.feedback import list_feedback
from emoji_api.database.schema import MIGRATIONS, alembic_config, locked_schema, upgrade_schema
from tests.server import ROOT


@pytest.fixture
def engine(database_url):
    """An engine for an upgraded database."""
    engine = open_engine(database_url)
    upgrade_schema(engine)
    return engine


def test_migrations_create_the_declared_tables(engine):
    with locked_schema(engine) as connection:
        alembic.command.check(alembic_config(connection=connection))


def test_migrations_can_be_undone(engine):
    with locked_schema(engine) as connection:
        alembic.command.downgrade(alembic_config(connection=connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade_schema(engine)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *Base.metadata.tables}


def test_upgrading_twice_changes_nothing(engine):
    upgrade_schema(engine)
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == ["0004"]


def test_database_of_the_first_revision_is_upgraded_and_keeps_its_rows(tmp_path):
    url = f"sqlite:///{tmp_path}/file.db"
    with locked_schema(create_engine(url)) as connection:
        alembic.command.upgrade(alembic_config(connection=connection), "0001")
        connection.execute(
            text("INSERT INTO feedback VALUES (7, 'emotion', 'joy', 'hash', 'text', NULL, 'new', '2025-01-01 00:00')")
        )
    with Database(url).session() as session:
        assert [row.id for row in list_feedback(session)] == [7]
        assert session.execute(text("SELECT count(*) FROM training_jobs")).scalar() == 0


def test_failed_migration_is_rolled_back(database_url):
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE training_jobs (id INTEGER)"))  # in the way of the second migration
    with pytest.raises(Exception, match="training_jobs"):
        upgrade_schema(engine)
    assert inspect(engine).get_table_names() == ["training_jobs"]


def test_alembic_command_uses_the_database_of_the_settings(tmp_path):
    environment = os.environ | {"EMOJI_API_DATABASE_URL": f"sqlite:///{tmp_path}/file.db", "PYTHONPATH": str(ROOT)}
    for command in ("upgrade head", "check"):
        arguments = [sys.executable, "-m", "alembic", "-c", MIGRATIONS / "alembic.ini", *command.split()]
        subprocess.run(arguments, cwd=tmp_path, env=environment, check=True)
    assert "feedback" in inspect(create_engine(f"sqlite:///{tmp_path}/file.db")).get_table_names()
