"""`emoji-api watch label`: open the labelling page, of a service of its own or of a running one."""

import secrets
from urllib.parse import quote, urlencode, urlsplit

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_company
from emoji_api.cli.database import existing_database_url
from emoji_api.cli.local import open_in_browser, print_address, serve_page
from emoji_api.cli.options import json_option
from emoji_api.database.extension import Database
from emoji_api.settings import read_settings
from emoji_api.watch import store
from emoji_api.watch.labelling import OFFERED

KEY_BYTES = 32


@cloup.command(
    cls=Command,
    example="emoji-api watch label Nimbus --task emotion",
    exit_codes={0: "ended by Ctrl-C or SIGTERM"},
)
@click.argument("name", required=False, shell_complete=complete_company)
@click.option("--task", type=click.Choice(OFFERED), help="What to label. [default: sentiment]")
@click.option("--url", metavar="URL", help="Address of a running service, such as http://localhost:5000.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
@json_option
def label(name: str | None, task: str | None, url: str | None, browser: bool, as_json: bool) -> None:
    """Open the page on which a person labels posts about the company NAME.

    NAME may be left out if one company is watched. The page is served on this machine alone until Ctrl-C, with the
    database and the model of the settings. With --url the page of a running service is opened; it asks for an admin
    key. --json prints {"url": ...}. That address contains a key which is valid as long as the command runs.
    """
    if url is not None:
        if name is None:
            raise click.UsageError("--url needs the NAME of a company")
        page = _page(_service(url), name, task)
        print_address(page, as_json)
        if browser:
            open_in_browser(page)
        return
    key = secrets.token_urlsafe(KEY_BYTES)
    page = f"{_page('', _company(name), task)}#{urlencode({'key': key})}"
    serve_page(page, browser=browser, as_json=as_json, ADMIN_KEYS=[key])


def _company(name: str | None) -> str:
    """Return the name of the company to label. Raise UnknownCompany, or click's errors if it has to be given."""
    with Database(existing_database_url()).session() as session:
        if name is not None:
            return store.get_company(session, name).name
        names = [company.name for company in store.list_companies(session)]
    if not names:
        raise click.ClickException("no company is watched; `emoji-api watch add` adds one")
    if len(names) > 1:
        raise click.UsageError(f"several companies are watched, give the NAME of one: {', '.join(names)}")
    return names[0]


def _service(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise click.UsageError(f"--url {url}: give an address such as http://localhost:{read_settings().port}")
    return url.rstrip("/")


def _page(service: str, name: str, task: str | None) -> str:
    return f"{service}/companies/{quote(name, safe='')}/label" + (f"?{urlencode({'task': task})}" if task else "")
