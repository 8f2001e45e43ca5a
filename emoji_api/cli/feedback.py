"""`emoji-api feedback`: what was sent, reviewed, exported for a training, and forgotten."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import click

from emoji_api.database.states import STATES
from emoji_api.files import atomic_file
from emoji_api.settings import read_settings

FORMATS = ("jsonl", "csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

_state_option = click.option("--state", type=click.Choice((*STATES, "all")), default="new", show_default=True)
_task_option = click.option("--task", metavar="NAME", help="Of this task only.")
_ids_argument = click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, 2**31 - 1), metavar="ID...")


@click.group()
def feedback() -> None:
    """What the right answers would have been, as callers of POST /feedback say."""


@feedback.command("list")
@_state_option
@_task_option
@click.option("--limit", type=click.IntRange(1), metavar="ROWS", help="At most so many. [default: all]")
def show(state: str, task: str | None, limit: int | None) -> None:
    """One line each: id, state, when, task, label and text, the oldest first."""
    from emoji_api.database.feedback import listed

    with _session() as session:
        for row in listed(session, state=None if state == "all" else state, task=task, limit=limit):
            text = "(not kept)" if row.text is None else _printable(row.text)
            when = row.created_at.isoformat(sep=" ", timespec="minutes").removesuffix("+00:00")
            click.echo(f"{row.id}\t{row.state}\t{when}\t{row.task}\t{row.label}\t{text}")


@feedback.command()
@_ids_argument
def accept(ids: Sequence[int]) -> None:
    """Lets a training learn from the feedback with these ids."""
    _review(ids, "accepted")


@feedback.command()
@_ids_argument
def reject(ids: Sequence[int]) -> None:
    """Keeps the feedback with these ids from every training."""
    _review(ids, "rejected")


@feedback.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--state", type=click.Choice((*STATES, "all")), default="accepted", show_default=True)
@_task_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file. [default: standard output]")
def export(form: str, state: str, task: str | None, out: Path | None) -> None:
    """Writes id, text, task, label and created_at of what may be kept, in UTF-8.

    JSON lines have the texts as they were sent, for a training. In CSV, for a spreadsheet, a text that it would run
    as a formula begins with '.
    """
    from emoji_api.database.feedback import COLUMNS, exported

    write = _write_csv if form == "csv" else _write_jsonl
    with _written(out) as file, _session() as session:
        write(file, COLUMNS, exported(session, state=None if state == "all" else state, task=task))


@feedback.command()
@click.option(
    "--days", type=click.IntRange(1, 36_500), help="Older than so many days. [default: EMOJI_API_FEEDBACK_DAYS]"
)
def purge(days: int | None) -> None:
    """Deletes feedback that has been here for too long, whatever its state."""
    from emoji_api.database.feedback import purge as delete

    days = days or read_settings().feedback_days
    if not days:
        raise click.UsageError("feedback is kept for ever: set EMOJI_API_FEEDBACK_DAYS or give --days")
    with _session() as session:
        number = delete(session, datetime.now(UTC) - timedelta(days=days))
    click.echo(f"deleted {number}")


@contextmanager
def _session() -> Iterator[Any]:
    # not above: what does not ask the database shall not wait for its libraries
    from emoji_api.database.extension import Database

    with Database(read_settings().database_url).session() as session:
        yield session


def _review(ids: Sequence[int], state: str) -> None:
    from emoji_api.database.feedback import review

    with _session() as session:
        if missing := review(session, ids, state):
            raise click.ClickException(
                f"there is no feedback with a text under {', '.join(map(str, missing))}; nothing was changed"
            )
    click.echo(f"{state} {len(set(ids))}")


@contextmanager
def _written(out: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes the place of `out` when the block ends well."""
    if out is None:
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        yield stream
        stream.detach()  # flushed, and left open
        return
    with atomic_file(out, newline="") as file:
        yield file


def _write_jsonl(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        text = row["text"]
        # https://owasp.org/www-community/attacks/CSV_Injection
        writer.writerow({**row, "text": f"'{text}" if text.startswith(FORMULA) else text})


def _printable(text: str) -> str:
    """`text` in one line, without what would steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
