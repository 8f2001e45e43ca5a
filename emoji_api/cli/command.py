"""Command classes: an example and the exit codes in every help, sections in groups, lazily imported commands."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click
import cloup
from cloup.formatting import HelpSection
from cloup.styling import HelpTheme, Style

EXIT_CODES: Mapping[int, str] = {
    0: "success",
    1: "an error, described on standard error",
    2: "a wrong command, option or argument",
}
"""Exit codes of every command. A command may describe one more precisely."""

CONTEXT = {"color": False} if os.environ.get("NO_COLOR") else {}  # https://no-color.org
CONTEXT |= cloup.Context.settings(
    formatter_settings=cloup.HelpFormatter.settings(
        theme=HelpTheme(heading=Style(bold=True), section_help=Style(fg="cyan"), col1=Style(fg="green")),
        max_width=100,
    ),
)
"""Context settings of the root command. click removes the styles unless the output is a terminal."""


class Command(cloup.Command):
    """A command whose help ends with an example and the exit codes.

    `exit_codes` replaces the descriptions in `EXIT_CODES` of those codes that the command describes more precisely.
    """

    def __init__(self, *args: Any, example: str, exit_codes: Mapping[int, str] | None = None, **options: Any):
        super().__init__(*args, **options)
        self.example = example
        self.exit_codes = {**EXIT_CODES, **(exit_codes or {})}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example and the exit codes."""
        _write_example(formatter, self.example)
        write_exit_codes(formatter, self.exit_codes)


class Section(cloup.Section):
    """A section of the commands in a group's help. With an `example`, the section starts with it."""

    def __init__(self, title: str, commands: Sequence[click.Command] = (), example: str | None = None):
        super().__init__(title, commands)
        self.example = example


class LazyCommand(click.Command):
    """A command in a module of this package, which is imported when the command is run or completed.

    `target` is the name of the module and that of the command in it, separated by a colon. `summary` describes the
    command in the help of its group, which therefore imports nothing.
    """

    def __init__(self, name: str, target: str, summary: str):
        super().__init__(name, short_help=summary)
        self.target = target

    def load(self) -> click.Command:
        """Import the module and return the command."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), name)
        return command


class Group(cloup.Group):
    """A group of commands in sections, which may be lazy commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the command and the remaining arguments. Raise NoSuchCommand with similar names."""
        name, command, remaining = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, LazyCommand) else command, remaining

    def make_commands_help_section(self, ctx: click.Context, section: cloup.Section) -> HelpSection | None:
        """Return the section with its example."""
        made = super().make_commands_help_section(ctx, section)
        if made and isinstance(section, Section) and section.example:
            made.help = f"$ {section.example}"
        return made


def write_exit_codes(formatter: click.HelpFormatter, exit_codes: Mapping[int, str]) -> None:
    """Write the exit codes as a section of a help text."""
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code), meaning) for code, meaning in sorted(exit_codes.items())])


def _write_example(formatter: click.HelpFormatter, example: str) -> None:
    """Write an example as a section of a help text, unwrapped, so that it can be copied."""
    with formatter.section("Example"):
        for line in example.splitlines():
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
