"""`emoji-api watch report`: the daily statistics of a company."""

import sys
from datetime import datetime
from typing import Any

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_company
from emoji_api.cli.database import existing_database_url
from emoji_api.cli.options import served_manifest
from emoji_api.cli.output import Column, aligned, console, escaped_lines, is_rich, note, print_table
from emoji_api.database.extension import Database
from emoji_api.errors import InvalidRange
from emoji_api.tasks import EMOTION_EMOJI, SENTIMENT
from emoji_api.untrusted import printable
from emoji_api.watch.report import OFFENSIVE_LABEL, Report, percent, read_report, to_csv, to_html, to_json
from emoji_api.watch.statistics import UNCERTAIN
from emoji_api.watch.update import update_statistics

FORMATS = ("table", "json", "csv", "html")
SHOWN_PHRASES = 3
SENTIMENT_STYLES = {"negative": "red", "neutral": "", "positive": "green"}
COLUMNS = (
    Column("date", style="bold"),
    Column("posts"),
    Column("other"),
    *(Column(label, style=SENTIMENT_STYLES[label]) for label in SENTIMENT.labels),
    *(Column(f"{label}, corrected") for label in SENTIMENT.labels),
    Column(OFFENSIVE_LABEL),
    Column("emotion"),
    Column("phrases", style="dim", wraps=True),
)
WIDE = 160
"""Characters in a line of a terminal that the whole table needs."""
NARROW = ("date", "posts", *SENTIMENT.labels, OFFENSIVE_LABEL, "emotion")
"""Headings of the columns that a narrower terminal shows."""

_date = click.DateTime(formats=["%Y-%m-%d"])


@cloup.command(
    cls=Command,
    example="emoji-api watch report Nimbus --from 2026-11-01 --format html > nimbus.html",
)
@click.argument("name", shell_complete=complete_company)
@click.option("--from", "first", type=_date, metavar="DATE", help="First day (UTC). [default: the first with posts]")
@click.option("--to", "last", type=_date, metavar="DATE", help="Last day (UTC). [default: the last with posts]")
@click.option("--format", "report_format", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def report(name: str, first: datetime | None, last: datetime | None, report_format: str, as_json: bool) -> None:
    """Print the daily statistics of the company NAME.

    \b
    table  one line per day, for people
    json   all figures, and the texts of the example posts
    csv    one row per day; texts that would run as formulas are prefixed with a single quote
    html   a self-contained page without scripts

    Shares have 95 % intervals in parentheses. "corrected" shares take the classifier's known errors into account. The
    phrases are those over-represented against the previous 28 days.
    """
    if first and last and first > last:
        raise click.UsageError(f"--from {first:%Y-%m-%d} is after --to {last:%Y-%m-%d}")
    database = Database(existing_database_url())
    update_statistics(database, name, served_manifest())  # an interrupted collection may have left some to compute
    with database.session() as session:
        try:
            found = read_report(session, name, first and first.date(), last and last.date())
        except InvalidRange as error:
            raise click.UsageError(str(error)) from error
    if report_format == "table" and not as_json and is_rich() and found.days:
        _print_table(found)
        return
    formatters = {"table": _format_table, "json": to_json, "csv": to_csv, "html": to_html}
    text = formatters["json" if as_json else report_format](found)
    if sys.stdout.isatty():
        text = escaped_lines(text)
    # bytes: a terminal's encoding may lack emoji, and files must be UTF-8
    sys.stdout.buffer.write(text.rstrip("\n").encode() + b"\n")
    sys.stdout.buffer.flush()


def _format_table(report: Report) -> str:
    if not report.days:
        return f"{printable(report.company)}: no posts in this range"
    return "\n".join(aligned(COLUMNS, map(_table_row, report.days)))


def _print_table(report: Report) -> None:
    """Print the table on a terminal, or on a narrow one the columns `NARROW` without intervals."""
    if console().width >= WIDE:
        print_table(COLUMNS, map(_table_row, report.days))
        return
    shown = [number for number, column in enumerate(COLUMNS) if column.name in NARROW]
    rows = [[row[number].partition(" (")[0] for number in shown] for row in map(_table_row, report.days)]
    print_table([COLUMNS[number] for number in shown], rows)
    note(f"Intervals, corrected shares and phrases: in a terminal of {WIDE} columns, or with --format csv.")


def _table_row(day: dict[str, Any]) -> list[str]:
    sentiments = [day["sentiment"].get(label) for label in SENTIMENT.labels]
    return [
        day["date"],
        str(day["posts"]),
        str(sum(day["other_languages"].values())),
        *(percent(entry) for entry in sentiments),
        *(percent(entry, "corrected", "corrected_interval") for entry in sentiments),
        percent(day["offensive"].get(OFFENSIVE_LABEL)),
        _most_frequent_emotion(day["emotion"]),
        ", ".join(printable(phrase["phrase"]) for phrase in day["phrases"][:SHOWN_PHRASES]),
    ]


def _most_frequent_emotion(emotions: dict[str, Any]) -> str:
    counts = {label: entry["count"] for label, entry in emotions.items() if label != UNCERTAIN and entry["count"]}
    if not counts:
        return ""
    label = max(counts, key=lambda label: counts[label])
    return f"{EMOTION_EMOJI.get(label, '')} {label} {100 * emotions[label]['share']:.0f} %".strip()
