"""The database of a service, opened when it is first used: its libraries take longer to import than all the rest."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app, g
from flask.cli import with_appcontext

from emoji_api.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

EXTENSION = "emoji-api-database"
REFUSING_SECONDS = 5
"""Time for which a database that could not be used is not asked again: callers that wait for it hold up the others."""


class Database:
    """The database at `url`, whose schema is moved to that of this version at first use. Safe between threads.

    Flask-SQLAlchemy and Flask-Migrate are bound to a Flask application of the database's own: they can so come after
    the service's first request, and the command line needs no model.
    """

    def __init__(self, url: str, logger: logging.Logger | None = None):
        self.url = url
        self._logger = logger or logging.getLogger(__name__)
        self._lock = Lock()
        self._app: Flask | None = None
        self._upgraded = False
        self._refuse_until = 0.0

    def init_app(self, app: Flask) -> None:
        """Makes this the database of `app`, and gives it `flask db`."""
        self._logger = app.logger
        app.extensions[EXTENSION] = self
        app.cli.add_command(_flask_db)

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """A session for one transaction: committed when the block ends well, else rolled back.

        Raises `DatabaseUnavailable` where the database cannot be reached, written or understood.
        """
        self._require_usable()
        try:
            from emoji_api.database.base import db
            from emoji_api.database.sql import explained

            with explained(), self._ready().app_context():
                session = db.session()
                yield session
                session.commit()
        except DatabaseUnavailable as error:
            self._refuse()
            self._upgraded = False  # what comes back may be another one
            self._logger.error("the database cannot be used: %s", error.reason)
            raise

    def app(self) -> Flask:
        """The application that Flask-SQLAlchemy and Flask-Migrate are bound to, whatever the schema."""
        with self._lock:
            return self._opened()

    def _ready(self) -> Flask:
        from emoji_api.database.sql import upgrade

        with self._lock:
            self._require_usable()  # it may have failed while this one waited
            app = self._opened()
            if not self._upgraded:
                if self._refuse_until:  # it failed before: while one asks again, others need not wait for it
                    self._refuse()
                try:
                    upgrade(app)
                except Exception:
                    self._refuse()  # before the lock is free
                    raise
                self._upgraded, self._refuse_until = True, 0.0
            return app

    def _require_usable(self) -> None:
        if time.monotonic() < self._refuse_until:
            raise DatabaseUnavailable("it could not be used a moment ago")

    def _refuse(self) -> None:
        self._refuse_until = time.monotonic() + REFUSING_SECONDS

    def _opened(self) -> Flask:
        from emoji_api.database.sql import open_app

        if self._app is None:
            self._app = open_app(self.url)
        return self._app


def served_database() -> Database:
    """The database of the current application."""
    database: Database = current_app.extensions[EXTENSION]
    return database


class _FlaskMigrate(click.Group):
    """Flask-Migrate's commands, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from flask_migrate.cli import db  # type: ignore[import-untyped]

        return db.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from flask_migrate.cli import db  # type: ignore[import-untyped]

        return db.get_command(ctx, cmd_name)


@click.group("db", cls=_FlaskMigrate)
@click.pass_context
@with_appcontext
def _flask_db(ctx: click.Context) -> None:
    """Moves the database's schema."""
    ctx.with_resource(served_database().app().app_context())
    g.directory, g.x_arg = None, ()  # Flask-Migrate's own options
