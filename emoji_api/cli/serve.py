"""`emoji-api serve`: gunicorn with the configuration for production."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.local import require_free_address
from emoji_api.declarations import declared_values
from emoji_api.settings import Settings, environment_variable, read_settings

GUNICORN = ("-m", "gunicorn", "--config", "python:emoji_api.gunicorn_conf")


def setting_option(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return an option that overrides the setting `name`, with the bounds and the description of its declaration."""
    setting = next(setting for setting in declared_values(Settings) if setting.name == name)
    bounds: dict[str, Any] = {"min": setting.rule.ge, "max": setting.rule.le}
    return click.option(
        f"--{name}",
        type=click.IntRange(**bounds) if setting.type is int else str,
        help=f"{setting.rule.description[0].upper()}{setting.rule.description[1:]}. "
        f"[default: {environment_variable(name)}, or {setting.default}]",
    )


@cloup.command(
    cls=Command,
    example="emoji-api serve --host 0.0.0.0 --port 8000 --workers 4",
    exit_codes={
        0: "stopped by Ctrl-C or SIGTERM",
        1: "a setting is wrong, or the address cannot be used; described on standard error",
    },
)
@setting_option("host")
@setting_option("port")
@setting_option("workers")
def serve(**options: Any) -> None:
    """Start the production server: the HTTP API and the pages, by gunicorn, until Ctrl-C or SIGTERM.

    All other settings are environment variables, such as EMOJI_API_MODEL_PATH. The log is on standard error, the
    access log on standard output, both as one JSON object per line. On a terminal, a line says where to open the
    service once it answers.
    """
    settings = read_settings(options)
    if sys.platform == "win32":
        raise click.ClickException(
            "gunicorn does not run on Windows; use the container image or WSL, or `emoji-api playground` on this "
            "computer alone"
        )
    require_free_address(settings.host, settings.port, port_option="--port or the variable PORT")
    for name in options:
        os.environ[environment_variable(name)] = str(getattr(settings, name))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *GUNICORN])
