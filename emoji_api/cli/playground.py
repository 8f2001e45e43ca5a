"""`emoji-api playground`: the page on which tweets can be tried, for one person."""

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.local import serve_page


@cloup.command(
    cls=Command,
    example="emoji-api playground",
    exit_codes={
        0: "ended by Ctrl-C or SIGTERM",
        1: "a setting is wrong, or the port cannot be used; described on standard error",
    },
)
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on. [default: a free one]")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser.")
def playground(port: int | None, browser: bool) -> None:
    """Open a page in a browser on which you type tweets and see the answers.

    The page is served on this machine alone, with the model and the database of the settings, until Ctrl-C.
    `emoji-api serve` is for more than one person.
    """
    serve_page("/", port=port or 0, browser=browser)
