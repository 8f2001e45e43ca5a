"""SQLAlchemy engines for the supported databases, SQLite and PostgreSQL, and their errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, InterfaceError, TimeoutError

from emoji_api.errors import DatabaseUnavailable, DependencyMissing

BUSY_SECONDS = 5
"""Longest wait for another writer, for a free connection, and for an answer of PostgreSQL, in seconds."""


def open_engine(url: str) -> Engine:
    """Return an engine for the database at `url`. Create the folder of an SQLite file, but do not connect yet.

    Raise DatabaseUnavailable if the URL is invalid or the folder cannot be created, and DependencyMissing if the
    database's driver is not installed.
    """
    require_driver(url)
    try:
        address = _address(url)
        if (file := sqlite_file(url)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            address,
            hide_parameters=True,  # error messages must not contain users' texts
            pool_pre_ping=True,
            **_options(address),
        )
    except (ArgumentError, OSError, ValueError) as error:
        raise DatabaseUnavailable(" ".join(str(error).split())) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _enforce_foreign_keys)
    return engine


def require_driver(url: str) -> None:
    """Raise DependencyMissing if `url` is a PostgreSQL URL and psycopg is not installed."""
    if dialect_name(url) == "postgresql" and find_spec("psycopg") is None:
        raise DependencyMissing("psycopg, the PostgreSQL driver,", "postgresql")


def dialect_name(url: str) -> str:
    """Return "sqlite" or "postgresql"."""
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def sqlite_file(url: str) -> Path | None:
    """Return the absolute path of the SQLite file at `url`, or None for PostgreSQL and in-memory databases.

    Raise ArgumentError if the URL is invalid.
    """
    if dialect_name(url) != "sqlite" or _in_memory(address := make_url(url)):
        return None
    return Path(str(address.database)).absolute()


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise DatabaseUnavailable in place of SQLAlchemy's errors for a database that cannot be used."""
    try:
        yield
    except IntegrityError:  # a violated constraint is the caller's mistake
        raise
    except (DatabaseError, InterfaceError) as error:
        raise DatabaseUnavailable(" ".join(str(error.orig).split())) from error
    except TimeoutError as error:  # no free connection in the pool
        raise DatabaseUnavailable(str(error)) from error


def _address(url: str) -> URL:
    address = make_url(url)
    if dialect_name(url) == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    file = sqlite_file(url)
    return address if file is None else address.set(database=str(file))


def _options(address: URL) -> dict[str, Any]:
    if _in_memory(address):  # a second connection would open another, empty database
        return {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    if address.get_backend_name() == "sqlite":
        timeouts = {"timeout": BUSY_SECONDS}
    else:
        timeouts = {"connect_timeout": BUSY_SECONDS, "tcp_user_timeout": BUSY_SECONDS * 1000}
    return {"pool_timeout": BUSY_SECONDS, "connect_args": timeouts}


def _enforce_foreign_keys(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA foreign_keys=ON")  # SQLite ignores them by default


def _in_memory(address: URL) -> bool:
    return address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
