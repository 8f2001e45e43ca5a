"""Flask-SQLAlchemy and Flask-Migrate: the engine of each database, and how its schema moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
from alembic.util import CommandError
from flask import Flask
from flask_migrate import Migrate  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, InterfaceError, OperationalError, ProgrammingError, TimeoutError
from sqlalchemy.orm import Session

from emoji_api.database import tables, training_jobs  # noqa: F401 - they declare what the schema has
from emoji_api.database.base import Base, db
from emoji_api.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5  # that a writer waits for another, and a connection for an answer
SCHEMA_LOCK = 0x656D6F6A69  # any number that every process has
migrate = Migrate(db=db, directory=str(MIGRATIONS))


INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(session: Session, table: type[Base]) -> Any:
    """An insert into `table` that knows `on_conflict_do_nothing`: only those of the dialects do."""
    return INSERTS[session.connection().dialect.name](table)


def open_app(url: str) -> Flask:
    """A Flask application that has the database at `url`, and nothing else. Nothing is connected yet.

    Raises `DatabaseUnavailable` for a URL that cannot be read, and for a folder that cannot be made.
    """
    app = Flask("emoji_api.database", static_folder=None, instance_path=str(Path.cwd()))
    try:
        address = _address(url)
        app.config["SQLALCHEMY_DATABASE_URI"] = address
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "hide_parameters": True,  # an error must not tell what people wrote
            "pool_pre_ping": True,
            **_options(address),
        }
        db.init_app(app)
    except (ArgumentError, OSError) as error:
        raise DatabaseUnavailable(" ".join(str(error).split())) from error
    migrate.init_app(app)
    return app


def upgrade(app: Flask) -> None:
    """Moves the schema to that of this version. Raises what `explained` explains."""
    with app.app_context():
        try:
            alembic.command.upgrade(migrate.get_config(), "head")
        except CommandError as error:  # such as a revision that only a later version knows
            raise DatabaseUnavailable(str(error)) from error


def take_turns(connection: Connection) -> None:
    """Begins a transaction in which no other process changes the schema."""
    if connection.dialect.name == "sqlite":
        # readers and a writer do not wait for each other; the file remembers it
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))


@contextmanager
def explained() -> Iterator[None]:
    """Raises `DatabaseUnavailable` for whatever keeps a database from being used."""
    try:
        yield
    except (DataError, InterfaceError, OperationalError, ProgrammingError) as error:
        raise DatabaseUnavailable(" ".join(str(error.orig).split())) from error
    except TimeoutError as error:  # of the pool
        raise DatabaseUnavailable(str(error)) from error


def _address(url: str) -> URL:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return address.set(drivername="postgresql+psycopg")
    if _in_memory(address):
        return address
    path = Path(str(address.database)).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return address.set(database=str(path))


def _options(address: URL) -> dict[str, Any]:
    if _in_memory(address):
        return {}
    if address.get_backend_name() == "sqlite":
        waits = {"timeout": BUSY_SECONDS}
    else:
        waits = {"connect_timeout": BUSY_SECONDS, "tcp_user_timeout": BUSY_SECONDS * 1000}
    return {"pool_timeout": BUSY_SECONDS, "connect_args": waits}


def _in_memory(address: URL) -> bool:
    return address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
