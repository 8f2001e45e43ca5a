"""`emoji-api feedback`: review, export and purge feedback."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import click
import cloup
from sqlalchemy.orm import Session

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_task
from emoji_api.cli.database import existing_database_url
from emoji_api.database import feedback as stored
from emoji_api.database.extension import Database
from emoji_api.database.tables import FEEDBACK_STATES
from emoji_api.files import atomic_file
from emoji_api.settings import read_settings
from emoji_api.untrusted import printable, spreadsheet_cell
from emoji_api.watch.labelling import export_labels

FORMATS = ("jsonl", "csv")

_STATE_CHOICE = click.Choice((*FEEDBACK_STATES, "all"))
_task_option = click.option("--task", metavar="NAME", help="Only feedback on this task.", shell_complete=complete_task)
_ids_argument = click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, 2**31 - 1), metavar="ID...")


@cloup.command(
    "list",
    cls=Command,
    example="emoji-api feedback list --state all --task emotion",
)
@click.option("--state", type=_STATE_CHOICE, default="new", show_default=True)
@_task_option
@click.option("--limit", type=click.IntRange(1), metavar="ROWS", help="Largest number of rows. [default: all]")
def list_rows(state: str, task: str | None, limit: int | None) -> None:
    """Print feedback, oldest first: id, state, time (UTC), task, label and text, separated by tabs."""
    with _session() as session:
        for row in stored.list_feedback(session, state=_state_filter(state), task=task, limit=limit):
            text = "(not kept)" if row.text is None else printable(row.text)
            when = row.created_at.isoformat(sep=" ", timespec="minutes").removesuffix("+00:00")
            click.echo(f"{row.id}\t{row.state}\t{when}\t{row.task}\t{row.label}\t{text}")


@cloup.command(cls=Command, example="emoji-api feedback accept 12 13")
@_ids_argument
def accept(ids: Sequence[int]) -> None:
    """Accept feedback by id, so that it is exported for training."""
    _review(ids, "accepted")


@cloup.command(cls=Command, example="emoji-api feedback reject 14")
@_ids_argument
def reject(ids: Sequence[int]) -> None:
    """Reject feedback by id, so that it is not exported for training."""
    _review(ids, "rejected")


@cloup.command(
    cls=Command,
    example="emoji-api feedback export --out feedback.jsonl",
)
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--state", type=_STATE_CHOICE, default="accepted", show_default=True)
@_task_option
@click.option(
    "--posts/--no-posts",
    default=True,
    show_default=True,
    help="Include the labels of watched posts, which count as accepted.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Output file. [default: standard output]")
def export(file_format: str, state: str, task: str | None, posts: bool, out: Path | None) -> None:
    """Write feedback with a stored text, and the labels of watched posts, as UTF-8.

    The columns are id, text, task, label, created_at and source ("feedback" or "post"). JSON lines contain the texts
    unchanged, for training. CSV is for spreadsheets: texts that would run as formulas are prefixed with a single quote.
    """
    write = _write_csv if file_format == "csv" else _write_jsonl
    with _session() as session, _output(out) as file:
        rows = stored.export_rows(session, state=_state_filter(state), task=task)
        labels = export_labels(session, task=task) if posts and state in ("accepted", "all") else ()
        write(file, stored.COLUMNS, chain(rows, labels))


@cloup.command(cls=Command, example="emoji-api feedback purge --days 365")
@click.option("--days", type=click.IntRange(1, 36_500), help="Days to keep. [default: EMOJI_API_FEEDBACK_DAYS]")
def purge(days: int | None) -> None:
    """Delete feedback older than a number of days, whatever its state."""
    days = days or read_settings().feedback_days
    if not days:
        raise click.UsageError("feedback is kept for ever; set EMOJI_API_FEEDBACK_DAYS or give --days")
    with _session() as session:
        count = stored.purge(session, datetime.now(UTC) - timedelta(days=days))
    click.echo(f"deleted {count}")


@contextmanager
def _session() -> Iterator[Session]:
    with Database(existing_database_url()).session() as session:
        yield session


def _state_filter(state: str) -> str | None:
    return None if state == "all" else state


def _review(ids: Sequence[int], state: str) -> None:
    with _session() as session:
        if missing := stored.review(session, ids, state):
            raise click.ClickException(
                f"there is no feedback with a stored text under {', '.join(map(str, missing))}; nothing was changed"
            )
    click.echo(f"{state} {len(set(ids))}")


@contextmanager
def _output(out: Path | None) -> Iterator[TextIO]:
    """Open standard output, or a file that replaces `out` if the block ends without an exception."""
    if out is None:
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        yield stream
        stream.detach()  # flush, but leave standard output open
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
        writer.writerow({**row, "text": spreadsheet_cell(row["text"])})
