"""How a schema moves: all missing migrations in one transaction, one process at a time."""

from alembic import context
from flask import current_app

from emoji_api.database.sql import take_turns

migrate = current_app.extensions["migrate"]


def run_offline() -> None:
    """Writes the SQL in place of running it."""
    context.configure(
        dialect_name=migrate.db.engine.dialect.name, target_metadata=migrate.db.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Runs the migrations."""
    with migrate.db.engine.begin() as connection:
        take_turns(connection)
        # SQLite's schema changes can be rolled back too
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            transactional_ddl=True,
            **migrate.configure_args,
        )
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
