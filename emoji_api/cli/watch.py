"""`emoji-api watch`: companies, the collection of posts about them, their reports, and their deletion."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_company
from emoji_api.cli.database import existing_database_url
from emoji_api.cli.options import json_option, served_bundle, served_manifest, utc_time
from emoji_api.cli.output import Column, note, print_json, print_result, print_table, warn
from emoji_api.database.extension import Database
from emoji_api.database.tables import Company
from emoji_api.errors import DatabaseUnavailable, EmojiApiError, SourceUnauthorized, UnknownPost
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.engines import EngineName
from emoji_api.settings import Settings, read_settings
from emoji_api.watch import collect as collection
from emoji_api.watch import store
from emoji_api.watch.sources import SOURCES, open_source
from emoji_api.watch.update import update_statistics

BATCH_SIZE = 8
"""Texts in one forward pass, the fastest number for texts of like length."""
SHOWN_REJECTIONS = 20
"""Malformed entries of a source that are printed one by one."""

COLUMNS = (
    Column("company", style="bold", wraps=True),
    Column("source"),
    Column("query", wraps=True),
    Column("collected (UTC)", style=lambda when: "yellow" if when.startswith("never") else ""),
)

Task = Callable[[str, Classifier], dict[str, Any]]
"""A function of a company's name and a classifier that returns the counts to print."""

_name_argument = click.argument("name", shell_complete=complete_company)
_all_argument = click.argument("name", required=False, shell_complete=complete_company)


@cloup.command(
    cls=Command,
    example="emoji-api watch add Nimbus --query nimbus --source file --option path=posts.jsonl",
)
@click.argument("name")
@click.option("--query", required=True, metavar="TEXT", help='Text that the posts contain, such as "Nimbus Coffee".')
@click.option("--source", type=click.Choice(tuple(SOURCES)), default="x", show_default=True, help="Where to search.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="Option of the source, such as path=FILE. Repeatable.",
)
@json_option
def add(name: str, query: str, source: str, options: tuple[str, ...], as_json: bool) -> None:
    """Watch the company NAME."""
    parsed = _parse_options(options)
    try:
        open_source(source, parsed)
    except SourceUnauthorized as error:  # the credentials may be set later, or on another machine
        warn(f"Warning: {error}")
    with Database(read_settings().database_url).session() as session:
        company = store.add_company(session, name, query, source, parsed)
    print_result(_document(company), f"{name} is watched", as_json=as_json)


@cloup.command(
    "list",
    cls=Command,
    example="emoji-api watch list --json",
)
@json_option
def list_(as_json: bool) -> None:
    """List the watched companies: name, source, query, and time of the last collection (UTC)."""
    with _database().session() as session:
        companies = store.list_companies(session)
    if as_json:
        for company in companies:
            collected = company.collected_at
            print_json(_document(company) | {"collected_at": collected and collected.isoformat(timespec="seconds")})
    else:
        print_table(COLUMNS, map(_cells, companies), separator="\t")


@cloup.command(
    cls=Command,
    example="emoji-api watch remove Nimbus",
)
@_name_argument
@json_option
def remove(name: str, as_json: bool) -> None:
    """Stop watching the company NAME, and delete its posts and statistics."""
    with _database().session() as session:
        store.remove_company(session, name)
    print_result({"removed": name}, f"{name} is removed", as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api watch forget Nimbus --post 1846987139428634858",
)
@_name_argument
@click.option("--post", "post_id", required=True, metavar="ID", help="Id of the post at its source.")
@json_option
def forget(name: str, post_id: str, as_json: bool) -> None:
    """Erase a post about the company NAME: its text, author, link and answers. It is not collected again."""
    database = _database()
    with database.session() as session:
        if not store.forget_post(session, store.get_company(session, name), post_id):
            raise UnknownPost(name, post_id)
    update_statistics(database, name, served_manifest())
    print_result({"forgotten": post_id}, f"{post_id} is forgotten", as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api watch collect Nimbus --since 2026-11-01",
    exit_codes={0: "every company was collected", 1: "a company could not be collected, or another error"},
)
@_all_argument
@click.option("--since", type=utc_time, metavar="DATE", help="Only posts published at or after this date (UTC).")
@click.option("--until", type=utc_time, metavar="DATE", help="Only posts published before this date (UTC).")
@json_option
def collect(name: str | None, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """Collect the posts about the company NAME, or about all companies, and classify those in English.

    Without dates the collection continues where the last one ended. Running it again stores nothing twice.

    Prints the number of posts found, of those that are new, and of those that are classified. Malformed entries of the
    source are reported on standard error, and the others are kept.
    """
    if since and until and since >= until:
        raise click.UsageError(f"--since {since:%Y-%m-%d %H:%M} is not before --until {until:%Y-%m-%d %H:%M}")
    settings, database = read_settings(), _database()

    def collect_one(company: str, classifier: Classifier) -> dict[str, Any]:
        result = collection.collect(
            database,
            company,
            classifier,
            since=since,
            until=until,
            oldest=_oldest(settings.watch_days),
            keep_authors=settings.watch_authors,
        )
        for message in result.rejected[:SHOWN_REJECTIONS]:
            warn(f"{company}: rejected {message}")
        if (more := len(result.rejected) - SHOWN_REJECTIONS) > 0:
            warn(f"{company}: rejected {more} more")
        counts = asdict(result)
        del counts["rejected"]
        return counts

    _for_each(database, settings, name, collect_one, as_json)


@cloup.command(
    cls=Command,
    example="emoji-api watch reclassify",
    exit_codes={0: "every company was classified again", 1: "a company could not be classified, or another error"},
)
@_all_argument
@json_option
def reclassify(name: str | None, as_json: bool) -> None:
    """Classify the posts about the company NAME, or about all companies, again with the served model.

    Posts that this model version has classified are left out. Run it after a promotion.
    """
    database = _database()

    def reclassify_one(company: str, classifier: Classifier) -> dict[str, Any]:
        return {"classified": collection.reclassify(database, company, classifier)}

    _for_each(database, read_settings(), name, reclassify_one, as_json)


@cloup.command(cls=Command, example="emoji-api watch purge --days 365")
@click.option("--days", type=click.IntRange(1, 36_500), help="Days to keep. [default: EMOJI_API_WATCH_DAYS]")
@json_option
def purge(days: int | None, as_json: bool) -> None:
    """Delete the posts of all companies that are older than a number of days, and the statistics of those days.

    The days that are kept keep their statistics, even those that compare them with deleted days. `watch collect`
    collects deleted posts again unless EMOJI_API_WATCH_DAYS is set.
    """
    oldest = _oldest(days or read_settings().watch_days)
    if oldest is None:
        raise click.UsageError("posts are kept for ever; set EMOJI_API_WATCH_DAYS or give --days")
    with _database().session() as session:
        count = store.purge(session, oldest)
    print_result({"deleted": count}, f"deleted {count}", as_json=as_json)


def _for_each(database: Database, settings: Settings, name: str | None, task: Task, as_json: bool) -> None:
    """Run `task` for the company `name`, or for every company, and print the counts that it returns.

    An error of one company does not stop the others. Raise click.ClickException at the end if there was one.
    """
    with database.session() as session:
        names = [store.get_company(session, name).name] if name else [row.name for row in store.list_companies(session)]
    if not names:
        note("no company is watched; `emoji-api watch add` adds one")
        return
    classifier = load_classifier(
        served_bundle(), engine=cast(EngineName, settings.engine), threads=settings.threads, batch_size=BATCH_SIZE
    )
    failed = []
    for company in names:
        try:
            counts = task(company, classifier)
        except DatabaseUnavailable:
            raise
        except EmojiApiError as error:
            if name:
                raise
            warn(f"{company}: {error}")
            failed.append(company)
            continue
        text = ", ".join(f"{key} {count}" for key, count in counts.items())
        print_result(
            counts if name else {"company": company, **counts}, text if name else f"{company}: {text}", as_json=as_json
        )
    if failed:
        raise click.ClickException(f"{len(failed)} of {len(names)} companies failed: {', '.join(failed)}")


def _database() -> Database:
    return Database(existing_database_url())


def _oldest(days: int) -> datetime | None:
    """Return the start of the day (UTC) from which posts are kept, `None` if they are kept for ever."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days) if days else None


def _parse_options(options: Sequence[str]) -> dict[str, str]:
    parsed: dict[str, str] = {}
    for option in options:
        key, separator, value = option.partition("=")
        if not key.isidentifier() or not separator:
            raise click.UsageError(f"--option {option}: give KEY=VALUE, such as path=posts.jsonl")
        if key in parsed:
            raise click.UsageError(f"--option {key} is given twice")
        parsed[key] = value
    return parsed


def _document(company: Company) -> dict[str, Any]:
    return {name: getattr(company, name) for name in ("name", "query", "source", "options")}


def _cells(company: Company) -> list[str]:
    when = f"{company.collected_at:%Y-%m-%d %H:%M}" if company.collected_at else "never collected"
    return [company.name, company.source, company.query, when]
