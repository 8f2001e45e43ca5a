"""Addresses to listen on, and a service for one person: on this machine alone, opened in a browser."""

import errno
import json
import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Mapping
from types import FrameType
from typing import Any, NoReturn

import click

HOST = "127.0.0.1"

_REASONS: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there; stop it, or choose another port with {port_option}",
    errno.EACCES: "ports below 1024 need privileges; choose another port with {port_option}",
    errno.EADDRNOTAVAIL: "this machine does not have that address; choose another one with --host",
}


def require_free_address(host: str, port: int, port_option: str = "--port") -> None:
    """Raise ClickException, with the way out, if a server cannot listen on `port` of `host`.

    `port_option` says how another port is chosen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][-1]
    except OSError as error:
        raise click.ClickException(f"{host!r} is no address of this machine: {error.strerror}") from error
    with socket.socket(family) as probe:
        if os.name == "posix":  # as servers do; on Windows the option would hide an address in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, error.strerror).format(port_option=port_option)
            raise click.ClickException(f"cannot listen on port {port} of {host}: {reason}") from error


def serve_page(page: str, *, port: int = 0, browser: bool = True, as_json: bool = False, **config: Any) -> None:
    """Serve the application on this machine alone until Ctrl-C or SIGTERM.

    When it accepts requests, print the address of `page`, a path with an optional query and fragment, and open it in a
    browser. `port` 0 is a free one. `config` has settings by name in capitals.
    """
    # these take half a second to import, which the other commands do without
    from werkzeug.serving import make_server

    from emoji_api.app import create_app

    require_free_address(HOST, port)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would log each request
    app = create_app({"LOG_LEVEL": "warning", "RELOAD_SECONDS": 0, **config})
    server = make_server(HOST, port, app, threaded=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        address = f"http://{HOST}:{server.server_port}{page}"
        print_address(address, as_json)
        if not as_json:
            click.echo("Ctrl-C stops it.", err=True)
        if browser:
            # in a thread: a browser in the terminal would wait for the server, which is not running yet
            threading.Thread(target=open_in_browser, args=[address], daemon=True).start()
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def print_address(address: str, as_json: bool) -> None:
    """Print an address for people, or as JSON."""
    click.echo(json.dumps({"url": address}) if as_json else address)


def open_in_browser(address: str) -> None:
    """Open an address in a browser. Say so if there is none."""
    if not webbrowser.open(address):
        click.echo("No browser could be opened: open this address yourself.", err=True)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
