"""`emoji-api database`: the schema of the service's database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import alembic.command
import click
import cloup
from alembic.util import CommandError

from emoji_api.cli.command import Command
from emoji_api.database.engine import database_errors, dialect_name, open_engine, sqlite_file
from emoji_api.database.schema import alembic_config, locked_schema
from emoji_api.errors import DatabaseUnavailable
from emoji_api.settings import read_settings


@cloup.command(cls=Command, example="emoji-api database upgrade")
def upgrade() -> None:
    """Upgrade the schema to this version's; create it in a new database."""
    with _readable_errors(), locked_schema(open_engine(read_settings().database_url)) as connection:
        config = alembic_config(sys.stdout, connection=connection)
        alembic.command.upgrade(config, "head")
        alembic.command.current(config)


@cloup.command(cls=Command, example="emoji-api database downgrade 0001")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Downgrade the schema to REVISION, such as 0001, or to an empty database with "base".

    Tables and columns that REVISION lacks are dropped with their contents. Stop the service first: it upgrades the
    schema again.
    """
    with _readable_errors(), locked_schema(open_engine(existing_database_url())) as connection:
        config = alembic_config(sys.stdout, connection=connection)
        alembic.command.downgrade(config, revision)
        alembic.command.current(config)


@cloup.command(cls=Command, example="emoji-api database current")
def current() -> None:
    """Print the revision of the schema; nothing for a database without one."""
    with _readable_errors(), open_engine(existing_database_url()).connect() as connection:
        alembic.command.current(alembic_config(sys.stdout, connection=connection))


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


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        with database_errors():
            yield
    except DatabaseUnavailable as error:
        raise click.ClickException(f"the database cannot be used: {error.reason}") from error
    except CommandError as error:
        raise click.ClickException(str(error)) from error
