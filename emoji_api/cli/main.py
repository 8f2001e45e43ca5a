"""The `emoji-api` command: its subcommands, and errors as messages and exit codes."""

import errno
import sys
from typing import Any

import click

from emoji_api import __version__
from emoji_api.cli.classify import classify
from emoji_api.cli.data import data
from emoji_api.cli.database import database
from emoji_api.cli.drift import drift
from emoji_api.cli.evaluation import behave, evaluate
from emoji_api.cli.feedback import feedback
from emoji_api.cli.models import models
from emoji_api.cli.output import show_error
from emoji_api.cli.progress_bars import progress_shown
from emoji_api.cli.training import distil, export, sweep, train
from emoji_api.cli.watch import watch
from emoji_api.errors import EmojiApiError, InvalidText


class ErrorReportingGroup(click.Group):
    """A group that turns errors into a message: exit code 2 for a text that cannot be answered, 1 for the others."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run the command. In standalone mode, show errors in colour on a terminal, and exit the process."""
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **extra)
        try:
            sys.exit(super().main(*args, standalone_mode=False, **extra))
        except click.ClickException as error:
            show_error(error)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("Aborted!", err=True)
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand. Raise ClickException for any error that a user can cause."""
        try:
            with progress_shown():
                return super().invoke(ctx)
        except InvalidText as error:
            raise click.UsageError(str(error)) from error
        except EmojiApiError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of the output, such as head, has closed it: no error
                raise
            raise click.ClickException(str(error) or repr(error)) from error


@click.group(cls=ErrorReportingGroup)
@click.version_option(__version__, prog_name="emoji-api")
def main() -> None:
    """Classify tweets by emotion, sentiment and more; train, evaluate and manage the models that do."""


for command in (
    classify,
    train,
    distil,
    sweep,
    export,
    evaluate,
    behave,
    data,
    models,
    feedback,
    drift,
    watch,
    database,
):
    main.add_command(command)
