"""The `emoji-api` command, with errors as messages and exit codes."""

import errno
import sys
from collections.abc import Sequence
from typing import Any

import click
import cloup

from emoji_api import __version__
from emoji_api.cli.command import CONTEXT, EXIT_CODES, Group, write_exit_codes
from emoji_api.cli.output import show_error
from emoji_api.cli.progress_bars import progress_shown
from emoji_api.cli.tree import SECTIONS
from emoji_api.errors import EmojiApiError, InvalidText


class ErrorReportingGroup(Group):
    """The root command. It turns errors into messages: exit code 2 for wrong input, 1 for all other errors."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command. In standalone mode, show errors in colour on a terminal, and exit the process."""
        try:
            result = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            if not standalone_mode:
                raise
            show_error(error)
            sys.exit(error.exit_code)
        except click.Abort:
            if not standalone_mode:
                raise
            click.echo("Aborted!", err=True)
            sys.exit(1)
        if standalone_mode:
            sys.exit(result)
        return result

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

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes and the text of the epilog."""
        write_exit_codes(formatter, EXIT_CODES)
        super().format_epilog(ctx, formatter)


@cloup.group(
    cls=ErrorReportingGroup,
    sections=SECTIONS,
    context_settings=CONTEXT,
    epilog="""
    `emoji-api COMMAND --help` has an example and the exit codes of each command.

    Completion in bash: eval "$(_EMOJI_API_COMPLETE=bash_source emoji-api)"; zsh_source and fish_source for others.
    """,
)
@click.version_option(__version__, prog_name="emoji-api")
def main() -> None:
    """Answer tweets with an emoji, an emotion and more; serve the answers, follow companies, train the model."""
