"""Candidates for completion in the shell: tasks, versions in the model store, watched companies.

Whatever goes wrong, there are no candidates and no message: the cursor is in the middle of a line.
"""

from collections.abc import Callable, Iterable

import click

from emoji_api.tasks import TASKS

Candidates = Callable[[click.Context, click.Parameter, str], list[str]]


def candidates(names: Callable[[], Iterable[str]]) -> Candidates:
    """Return a function for the argument `shell_complete` of a parameter, which offers the matching `names()`.

    A name that a shell would not take as one word is left out: it would be inserted without quotes.
    """

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            return sorted(name for name in names() if name.startswith(incomplete) and _is_word(name))
        except Exception:  # such as a database or a setting that cannot be used
            return []

    return complete


def _is_word(name: str) -> bool:
    return name[:1].isalnum() and all(character.isalnum() or character in "._+-" for character in name)


def _versions() -> Iterable[str]:
    from emoji_api.inference.store import ModelStore
    from emoji_api.settings import read_settings

    return ModelStore(read_settings().model_store).versions()


def _companies() -> Iterable[str]:
    from sqlalchemy import select

    from emoji_api.cli.database import existing_database_url
    from emoji_api.database.engine import open_engine
    from emoji_api.database.tables import Company

    with open_engine(existing_database_url()).connect() as connection:  # without an upgrade of the schema
        return list(connection.scalars(select(Company.name)))


complete_version = candidates(_versions)
complete_company = candidates(_companies)
complete_task = candidates(lambda: TASKS)
