"""`emoji-api feedback`: review, export and purge feedback."""

import csv
import io
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
from emoji_api.cli.options import json_option
from emoji_api.cli.output import Column, print_json, print_result, print_table, to_json
from emoji_api.database import feedback as stored
from emoji_api.database.extension import Database
from emoji_api.database.tables import FEEDBACK_STATES, Feedback
from emoji_api.files import atomic_file
from emoji_api.progress import is_shown, track
from emoji_api.settings import read_settings
from emoji_api.untrusted import escaped, printable, spreadsheet_cell
from emoji_api.watch.labelling import export_labels

FORMATS = ("jsonl", "csv")
COLUMNS = (
    Column("id", right=True),
    Column("state", style=lambda state: {"accepted": "green", "rejected": "red"}.get(state, "yellow")),
    Column("time (UTC)"),
    Column("task"),
    Column("label", style="bold"),
    Column("text", wraps=True),
)

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
@json_option
def list_rows(state: str, task: str | None, limit: int | None, as_json: bool) -> None:
    """Print feedback, oldest first: id, state, time (UTC), task, label and text, separated by tabs."""
    with _session() as session:
        rows = stored.list_feedback(session, state=_state_filter(state), task=task, limit=limit)
        if as_json:
            for row in rows:
                values = {name: getattr(row, name) for name in ("id", "state", "task", "label", "text")}
                print_json(values | {"created_at": row.created_at.isoformat(timespec="seconds")})
        else:
            print_table(COLUMNS, map(_cells, rows), separator="\t")


@cloup.command(cls=Command, example="emoji-api feedback accept 12 13")
@_ids_argument
@json_option
def accept(ids: Sequence[int], as_json: bool) -> None:
    """Accept feedback by id, so that it is exported for training."""
    _review(ids, "accepted", as_json)


@cloup.command(cls=Command, example="emoji-api feedback reject 14")
@_ids_argument
@json_option
def reject(ids: Sequence[int], as_json: bool) -> None:
    """Reject feedback by id, so that it is not exported for training."""
    _review(ids, "rejected", as_json)


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
@click.option("--json", "as_json", is_flag=True, help="The same as --format jsonl.")
def export(file_format: str, state: str, task: str | None, posts: bool, out: Path | None, as_json: bool) -> None:
    """Write feedback with a stored text, and the labels of watched posts, as UTF-8.

    The columns are id, text, task, label, created_at and source ("feedback" or "post"). JSON lines contain the texts
    unchanged, for training. CSV is for spreadsheets: texts that would run as formulas are prefixed with a single quote.
    """
    write = _write_csv if file_format == "csv" and not as_json else _write_jsonl
    with _session() as session, _output(out) as file:
        rows = stored.export_rows(session, state=_state_filter(state), task=task)
        labels = export_labels(session, task=task) if posts and state in ("accepted", "all") else ()
        write(file, stored.COLUMNS, _with_progress(session, state, task, chain(rows, labels), out))


@cloup.command(cls=Command, example="emoji-api feedback purge --days 365")
@click.option("--days", type=click.IntRange(1, 36_500), help="Days to keep. [default: EMOJI_API_FEEDBACK_DAYS]")
@json_option
def purge(days: int | None, as_json: bool) -> None:
    """Delete feedback older than a number of days, whatever its state."""
    days = days or read_settings().feedback_days
    if not days:
        raise click.UsageError("feedback is kept for ever; set EMOJI_API_FEEDBACK_DAYS or give --days")
    with _session() as session:
        count = stored.purge(session, datetime.now(UTC) - timedelta(days=days))
    print_result({"deleted": count}, f"deleted {count}", as_json=as_json)


@contextmanager
def _session() -> Iterator[Session]:
    with Database(existing_database_url()).session() as session:
        yield session


def _state_filter(state: str) -> str | None:
    return None if state == "all" else state


def _cells(row: Feedback) -> list[str]:
    text = "(not kept)" if row.text is None else printable(row.text)
    when = row.created_at.isoformat(sep=" ", timespec="minutes").removesuffix("+00:00")
    return [str(row.id), row.state, when, row.task, row.label, text]


def _review(ids: Sequence[int], state: str, as_json: bool) -> None:
    with _session() as session:
        if missing := stored.review(session, ids, state):
            raise click.ClickException(
                f"there is no feedback with a stored text under {', '.join(map(str, missing))}; nothing was changed"
            )
    print_result({state: len(set(ids))}, f"{state} {len(set(ids))}", as_json=as_json)


def _with_progress(
    session: Session, state: str, task: str | None, rows: Iterable[dict[str, Any]], out: Path | None
) -> Iterable[dict[str, Any]]:
    """Return `rows`, whose progress is reported unless they are printed on the terminal themselves."""
    if not is_shown() or (out is None and sys.stdout.isatty()):
        return rows
    return track(rows, "exporting", stored.count_feedback(session, state=_state_filter(state), task=task))


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
        file.write(to_json(row) + "\n")


def _write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        text = spreadsheet_cell(row["text"])
        writer.writerow({**row, "text": escaped(text) if file.isatty() else text})
