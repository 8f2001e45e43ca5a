"""Schema migrations with Alembic, one process at a time."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import alembic.command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from emoji_api.database.engine import BUSY_SECONDS
from emoji_api.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA_LOCK = 0x656D6F6A69
"""Key of the PostgreSQL advisory lock held while the schema changes."""


def upgrade_schema(engine: Engine) -> None:
    """Upgrade the schema to the latest revision; create it in an empty database.

    Raise DatabaseUnavailable if the schema has a revision that this version does not know, and SQLAlchemy's errors.
    """
    try:
        with locked_schema(engine) as connection:
            alembic.command.upgrade(alembic_config(connection=connection), "head")
    except CommandError as error:
        raise DatabaseUnavailable(str(error)) from error


@contextmanager
def locked_schema(engine: Engine) -> Iterator[Connection]:
    """Open a connection and a transaction during which no other process can change the schema."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            _use_write_ahead_log(connection)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
        yield connection


def alembic_config(stdout: TextIO | None = None, **attributes: Any) -> Config:
    """Return the Alembic configuration of the migrations.

    `attributes` are read by `migrations/env.py`: the `connection` to migrate, or the `dialect` to write SQL for.
    Alembic's commands print to `stdout`.
    """
    return Config(MIGRATIONS / "alembic.ini", stdout=stdout or sys.stdout, attributes=attributes)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


@retry(retry=retry_if_exception(_is_busy), stop=stop_after_delay(BUSY_SECONDS), wait=wait_random(max=0.1), reraise=True)
def _use_write_ahead_log(connection: Connection) -> None:
    """Let readers and the writer of an SQLite file not block each other. The file keeps this mode.

    SQLite does not wait for another process that sets the mode at the same time, so this function does.
    """
    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
