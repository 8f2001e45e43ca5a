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
from emoji_api.database.tables import DRAWS
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
        assert connection.scalars(text("SELECT version_num FROM alembic_version")).all() == ["0005"]


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


def test_days_of_stored_posts_are_to_be_computed_after_the_upgrade(database_url):
    engine = open_engine(database_url)
    with locked_schema(engine) as connection:
        alembic.command.upgrade(alembic_config(connection=connection), "0003")
        connection.execute(
            text("INSERT INTO companies VALUES (1, 'acme', 'acme', 'file', '{}', NULL, '2026-10-01', NULL)")
        )
        zone = "" if connection.dialect.name == "sqlite" else "+00"
        for number, time in enumerate(("10-01 00:00:00", "10-01 23:59:59", "10-02 00:00:00")):
            values = f"{number}, 1, 'file', '{number}', '2026-{time}{zone}', '2026-11-01'"
            columns = "id, company_id, source, post_id, time, created_at"
            connection.execute(text(f"INSERT INTO posts ({columns}) VALUES ({values})"))
    upgrade_schema(engine)
    with engine.connect() as connection:
        changed = connection.execute(
            text("SELECT company_id, CAST(date AS TEXT) FROM changed_days ORDER BY date")
        ).all()
    assert changed == [(1, "2026-10-01"), (1, "2026-10-02")]


def test_stored_posts_get_random_draws_by_the_upgrade(database_url):
    engine = open_engine(database_url)
    with locked_schema(engine) as connection:
        alembic.command.upgrade(alembic_config(connection=connection), "0004")
        connection.execute(
            text("INSERT INTO companies VALUES (1, 'acme', 'acme', 'file', '{}', NULL, '2026-10-01', NULL)")
        )
        columns = "id, company_id, source, post_id, time, created_at"
        values = ", ".join(f"({number}, 1, 'file', '{number}', '2026-11-01', '2026-11-01')" for number in range(200))
        connection.execute(text(f"INSERT INTO posts ({columns}) VALUES {values}"))
    upgrade_schema(engine)
    with engine.connect() as connection:
        draws = connection.scalars(text("SELECT draw FROM posts")).all()
    assert len(set(draws)) > 195 and 0 <= min(draws) < DRAWS / 4 and DRAWS * 3 / 4 < max(draws) < DRAWS
    with locked_schema(engine) as connection:
        alembic.command.downgrade(alembic_config(connection=connection), "0004")
        assert connection.scalar(text("SELECT count(*) FROM posts")) == 200


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
