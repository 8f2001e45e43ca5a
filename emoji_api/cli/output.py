"""Output of the commands: tables and colours on a terminal, plain text in a pipe, JSON on request.

Plain text is for `grep` and `cut`: no colours, no borders, no line breaks inside a row. It is also used on a terminal
if the variable NO_COLOR is set (https://no-color.org). Untrusted text reaches a terminal with its control characters
escaped, and is never parsed as markup.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from emoji_api.untrusted import escaped

if TYPE_CHECKING:  # takes 50 ms to import, which plain text does without
    from rich.console import Console, RenderableType
    from rich.table import Table

_UNESCAPED_BY_JSON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    `right` aligns its cells to the right. On a terminal, `style` is their style, `wraps` lets long cells take several
    lines, and a `secondary` column is left out where the table would be too wide.
    """

    name: str
    right: bool = False
    style: str | Callable[[str], str] = ""
    wraps: bool = False
    secondary: bool = False

    def style_of(self, cell: str) -> str:
        """Return the style of a cell, such as `green`; empty for the terminal's own."""
        return self.style(cell) if callable(self.style) else self.style


def is_rich() -> bool:
    """Return whether the output is shown to a person: standard output is a terminal that wants colours."""
    return sys.stdout is not None and sys.stdout.isatty() and wants_colours()


def wants_colours() -> bool:
    """Return whether the environment allows colours and moves of the cursor."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@cache
def console() -> "Console":
    """Return the console of the terminal on standard output, or else on standard error, where progress is shown."""
    from rich.console import Console

    return Console(stderr=not sys.stdout.isatty(), markup=False, emoji=False, highlight=False)


def print_rich(renderable: "RenderableType") -> None:
    """Print a table or text of rich on the terminal. Only if `is_rich`; its texts must be escaped."""
    console().print(renderable)


def print_line(text: str) -> None:
    """Print a line for people, with control characters escaped."""
    print_escaped(escaped(text))


def print_json(document: Any, *, indent: int | None = None) -> None:
    """Print `document` as JSON: in one line, or indented."""
    print_escaped(to_json(document, indent=indent))


def escaped_lines(text: str) -> str:
    """Return the lines of a document with the escapes that JSON has for control characters."""
    return _UNESCAPED_BY_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def to_json(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON with readable emoji, but without characters that control a terminal."""
    return escaped_lines(json.dumps(document, ensure_ascii=False, indent=indent))


def log_apart(as_json: bool) -> AbstractContextManager[object]:
    """Let the block print its log on standard error if the result is JSON, so that only JSON is on standard output."""
    return redirect_stdout(sys.stderr) if as_json else nullcontext()


def print_result(document: Any, text: str, *, as_json: bool) -> None:
    """Print the result of a command: `document` as a line of JSON, or `text` for people."""
    if as_json:
        print_json(document)
    else:
        print_line(text)


def print_table(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], *, separator: str | None = None, headings: bool = True
) -> None:
    """Print a table: with a line below the headings on a terminal; otherwise aligned by spaces.

    With a `separator`, plain text has neither alignment nor headings, so that rows are printed as they come.
    """
    if is_rich():
        _print_rich_table(columns, list(rows), headings)
    elif separator is not None:
        for row in rows:
            print_escaped(separator.join(map(escaped, row)))
    else:
        for line in aligned(columns, rows, headings=headings):
            print_escaped(line)


def aligned(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, headings: bool = True) -> list[str]:
    """Return the lines of a table as plain text, the headings first."""
    cells = [[column.name for column in columns]] if headings else []
    cells += [[escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for column, cell, width in zip(columns, row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def show_error(error: click.ClickException) -> None:
    """Print an error on standard error as click does, the message in red on a terminal.

    Control characters of the message are escaped: it may name a file, or quote a text.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    if isinstance(error, click.UsageError) and error.ctx:
        help_option = max(error.ctx.command.get_help_option_names(error.ctx), key=len, default="")
        advice = f"\nTry '{error.ctx.command_path} {help_option}' for help.\n" if help_option else "\n"
        click.echo(f"{error.ctx.get_usage()}{advice}", err=True)
    lines = "\n".join(map(escaped, error.format_message().split("\n")))
    _print_error(f"Error: {lines}", "red")


def warn(text: str) -> None:
    """Print a line about a problem on standard error, in yellow on a terminal."""
    _print_error(escaped(text), "yellow")


def note(text: str) -> None:
    """Print a line that is not a result, such as an advice, on standard error."""
    click.echo(escaped(text), err=True)


def _print_error(text: str, colour: str) -> None:
    click.secho(text, err=True, fg=colour, color=None if wants_colours() else False)


def print_escaped(text: str) -> None:
    """Print text that is escaped already, above the progress if there is some."""
    if sys.stdout is not None and sys.stdout.isatty():
        console().print(text, soft_wrap=True)
    else:
        click.echo(text)


def _print_rich_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], headings: bool) -> None:
    """Print a table that fits the terminal: if need be without secondary columns, then with cells that wrap."""
    table = _rich_table(columns, rows, headings)
    left_out = [column.name for column in columns if column.secondary]
    if left_out and not _fits(table):
        shown = [number for number, column in enumerate(columns) if not column.secondary]
        columns, rows = [columns[number] for number in shown], [[row[number] for number in shown] for row in rows]
        table = _rich_table(columns, rows, headings)
    else:
        left_out = []
    if not _fits(table):
        table = _rich_table([replace(column, wraps=True) for column in columns], rows, headings)
    print_rich(table)
    if left_out:
        note(f"In a wider terminal, or with --json: {', '.join(left_out)}.")


def _fits(table: "Table") -> bool:
    unlimited = console().options.update(width=10_000)
    return console().measure(table, options=unlimited).minimum <= console().width


def _rich_table(columns: Sequence[Column], rows: Iterable[Sequence[str]], headings: bool) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD if headings else None,
        header_style="bold",
        padding=(0, 1 if headings else 2, 0, 0),
        pad_edge=False,
        show_header=headings,
        show_edge=False,
    )
    for column in columns:
        table.add_column(
            column.name, justify="right" if column.right else "left", overflow="fold", no_wrap=not column.wraps
        )
    for row in rows:
        table.add_row(*(Text(escaped(cell), column.style_of(cell)) for column, cell in zip(columns, row, strict=True)))
    return table
