"""Database of a service: opened and migrated at first use; after a failure, not contacted for a few seconds."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from flask import Flask, current_app
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from emoji_api.database.engine import database_errors, open_engine, require_driver
from emoji_api.database.schema import upgrade_schema
from emoji_api.errors import DatabaseUnavailable, DependencyMissing

EXTENSION = "emoji-api-database"
REFUSING_SECONDS = 5
"""Seconds after a failure during which sessions are refused at once, so that requests do not queue for the database."""


class Database:
    """Database at `url`. Its schema is upgraded to this version's at first use. Safe to share between threads."""

    def __init__(self, url: str, logger: logging.Logger | None = None):
        self.url = url
        self._logger = logger or logging.getLogger(__name__)
        self._lock = Lock()
        self._engine: Engine | None = None
        self._sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)  # rows stay readable afterwards
        self._upgraded = False
        self._refuse_until = 0.0

    def init_app(self, app: Flask) -> None:
        """Register this database with `app`. Log an error if its driver is not installed."""
        self._logger = app.logger
        app.extensions[EXTENSION] = self
        try:
            require_driver(self.url)
        except DependencyMissing as error:
            app.logger.error("the database cannot be used: %s", error)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session for one transaction: commit at the end of the block, roll back if it raises.

        Raise DatabaseUnavailable if the database cannot be reached or written, or its schema is newer than this
        version, and DependencyMissing if its driver is not installed.
        """
        self._raise_if_refusing()
        try:
            with database_errors(), self._ready().begin() as session:
                yield session
        except DatabaseUnavailable as error:
            self._refuse()
            self._upgraded = False  # the database may come back empty or with another schema
            self._logger.error("the database cannot be used: %s", error.reason)
            raise

    def close(self) -> None:
        """Close the pooled connections. The next session opens a new one."""
        if self._engine:
            self._engine.dispose()

    def _ready(self) -> sessionmaker[Session]:
        with self._lock:
            self._raise_if_refusing()  # it may have failed while this thread waited for the lock
            if self._engine is None:
                self._engine = open_engine(self.url)
                self._sessions.configure(bind=self._engine)
            if not self._upgraded:
                if self._refuse_until:  # second attempt: other threads must not wait for its result
                    self._refuse()
                try:
                    upgrade_schema(self._engine)
                except Exception:
                    self._refuse()  # before the lock is released
                    raise
                self._upgraded, self._refuse_until = True, 0.0
            return self._sessions

    def _raise_if_refusing(self) -> None:
        if time.monotonic() < self._refuse_until:
            raise DatabaseUnavailable("it could not be used a moment ago")

    def _refuse(self) -> None:
        self._refuse_until = time.monotonic() + REFUSING_SECONDS


def served_database() -> Database:
    """Return the database of the current application."""
    database: Database = current_app.extensions[EXTENSION]
    return database
