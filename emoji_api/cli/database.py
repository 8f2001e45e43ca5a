"""`emoji-api database`: the schema of the service's database."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import alembic.command
import click
import cloup
from alembic.util import CommandError
from sqlalchemy import Connection

from emoji_api.cli.command import Command
from emoji_api.cli.options import json_option
from emoji_api.cli.output import print_json, print_line
from emoji_api.database.engine import database_errors, dialect_name, open_engine, sqlite_file
from emoji_api.database.schema import alembic_config, locked_schema
from emoji_api.errors import DatabaseUnavailable
from emoji_api.settings import read_settings


@cloup.command(cls=Command, example="emoji-api database upgrade")
@json_option
def upgrade(as_json: bool) -> None:
    """Upgrade the schema to this version's; create it in a new database."""
    with _readable_errors(), locked_schema(open_engine(read_settings().database_url)) as connection:
        alembic.command.upgrade(alembic_config(io.StringIO(), connection=connection), "head")
        _print_revision(connection, as_json)


@cloup.command(cls=Command, example="emoji-api database downgrade 0001")
@click.argument("revision")
@json_option
def downgrade(revision: str, as_json: bool) -> None:
    """Downgrade the schema to REVISION, such as 0001, or to an empty database with "base".

    Tables and columns that REVISION lacks are dropped with their contents. Stop the service first: it upgrades the
    schema again.
    """
    with _readable_errors(), locked_schema(open_engine(existing_database_url())) as connection:
        alembic.command.downgrade(alembic_config(io.StringIO(), connection=connection), revision)
        _print_revision(connection, as_json)


@cloup.command(cls=Command, example="emoji-api database current")
@json_option
def current(as_json: bool) -> None:
    """Print the revision of the schema; nothing for a database without one."""
    with _readable_errors(), open_engine(existing_database_url()).connect() as connection:
        _print_revision(connection, as_json)


@cloup.command(cls=Command, example="emoji-api database sql --from 0001")
@click.option("--from", "start", default="base", show_default=True, help="Revision to upgrade from.")
def sql(start: str) -> None:
    """Print the SQL of an upgrade instead of running it."""
    with _readable_errors():
        config = alembic_config(sys.stdout, dialect=dialect_name(read_settings().database_url))
        alembic.command.upgrade(config, f"{start}:head", sql=True)


def existing_database_url() -> str:
    """Return the database URL of the settings. Raise click.ClickException if it names a missing SQLite file."""
    url = read_settings().database_url
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise click.ClickException(
            f"there is no database {file}; to use another one, set EMOJI_API_DATABASE_URL, for example to "
            "sqlite:///folder/emoji_api.db"
        )
    return url


def _print_revision(connection: Connection, as_json: bool) -> None:
    """Print the revision of the schema, and whether it is the newest; as JSON, `null` stands for no revision."""
    printed = io.StringIO()
    alembic.command.current(alembic_config(printed, connection=connection))
    revision, _, head = printed.getvalue().strip().partition(" ")
    if as_json:
        print_json({"revision": revision or None, "head": head == "(head)"})
    elif revision:
        print_line(f"{revision} {head}".rstrip())


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        with database_errors():
            yield
    except DatabaseUnavailable as error:
        raise click.ClickException(f"the database cannot be used: {error.reason}") from error
    except CommandError as error:
        raise click.ClickException(str(error)) from error
