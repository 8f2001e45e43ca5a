"""`emoji-api watch label`: open the labelling page, of a service of its own or of a running one."""

import json
import logging
import secrets
import signal
import threading
import webbrowser
from types import FrameType
from typing import NoReturn
from urllib.parse import quote, urlencode, urlsplit

import click
from werkzeug.serving import make_server

from emoji_api.cli.database import existing_database_url
from emoji_api.cli.options import json_option
from emoji_api.database.extension import Database
from emoji_api.settings import read_settings
from emoji_api.watch import store
from emoji_api.watch.labelling import OFFERED

HOST = "127.0.0.1"
KEY_BYTES = 32


@click.command()
@click.argument("name", required=False)
@click.option("--task", type=click.Choice(OFFERED), help="What to label. [default: sentiment]")
@click.option("--url", metavar="URL", help="Address of a running service, such as http://localhost:5000.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
@json_option
def label(name: str | None, task: str | None, url: str | None, browser: bool, as_json: bool) -> None:
    """Open the page on which a person labels posts about the company NAME.

    NAME may be left out if one company is watched. The page is served on this machine alone until Ctrl-C, with the
    database and the model of the settings. With --url the page of a running service is opened; it asks for an admin
    key. --json prints {"url": ...}. That address contains a key which is valid as long as the command runs.

    Example: emoji-api watch label Nimbus --task emotion
    """
    if url is not None:
        if name is None:
            raise click.UsageError("--url needs the NAME of a company")
        _open(_page(_service(url), name, task), browser, as_json)
        return
    from emoji_api.app import create_app  # takes half a second to import, which the other commands do without

    company = _company(name)
    key = secrets.token_urlsafe(KEY_BYTES)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would log each request
    app = create_app({"ADMIN_KEYS": [key], "LOG_LEVEL": "warning", "RELOAD_SECONDS": 0})
    server = make_server(HOST, 0, app, threaded=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        page = _page(f"http://{HOST}:{server.server_port}", company, task)
        _open(f"{page}#{urlencode({'key': key})}", browser, as_json)
        if not as_json:
            click.echo("Ctrl-C stops it.", err=True)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


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


def _open(page: str, browser: bool, as_json: bool) -> None:
    """Print the address, and open it in a browser where there is one."""
    click.echo(json.dumps({"url": page}) if as_json else page)
    if browser:
        # in a thread: a browser in the terminal would wait for the server, which is not running yet
        threading.Thread(target=_open_browser, args=[page], daemon=True).start()


def _open_browser(page: str) -> None:
    if not webbrowser.open(page):
        click.echo("No browser could be opened: open this address yourself.", err=True)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
