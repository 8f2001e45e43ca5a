"""Alembic environment: runs migrations on a connection, or writes their SQL.

`config.attributes` has the `connection` or, to write SQL, the `dialect`. Without them, as with the `alembic` command,
the database in the settings is used.
"""

from typing import Any

from alembic import context

from emoji_api.database import tables
from emoji_api.database.engine import dialect_name, open_engine
from emoji_api.database.schema import locked_schema
from emoji_api.settings import read_settings


def migrate(**options: Any) -> None:
    """Run all missing migrations in one transaction."""
    # SQLite can roll back schema changes too, but needs batches for most changes of a table
    context.configure(target_metadata=tables.Base.metadata, transactional_ddl=True, render_as_batch=True, **options)
    with context.begin_transaction():
        context.run_migrations()


attributes = context.config.attributes
if context.is_offline_mode():
    dialect = attributes.get("dialect") or dialect_name(read_settings().database_url)
    migrate(dialect_name=dialect, literal_binds=True)
elif "connection" in attributes:
    migrate(connection=attributes["connection"])
else:
    with locked_schema(open_engine(read_settings().database_url)) as connection:
        migrate(connection=connection)
