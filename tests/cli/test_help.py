"""The help of every command: sections, examples that work, exit codes, and suggestions for misspelt names."""

import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from emoji_api.cli.command import Group, LazyCommand
from emoji_api.cli.main import main
from tests.server import ROOT

HEAVY = ("numpy", "onnxruntime", "tokenizers", "sqlalchemy", "alembic", "flask", "marshmallow", "gunicorn", "psutil")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield each command and group in `group` with its path, such as ("watch", "add")."""
    for name, command in group.commands.items():
        command = command.load() if isinstance(command, LazyCommand) else command
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands(main))
LEAVES = [path for path, command in COMMANDS.items() if not isinstance(command, click.Group)]


def help_of(*path: str, width: int = 100) -> str:
    result = CliRunner().invoke(main, [*path, "--help"], prog_name="emoji-api", terminal_width=width)
    assert result.exit_code == 0
    return result.stdout


def parse(arguments: list[str]) -> None:
    """Parse a command line as `main` does, without running the command. Raise click's error if it is wrong."""
    context: click.Context = main.make_context("emoji-api", arguments)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command
        context = command.make_context(name, rest, parent=context)


def test_sections_are_in_the_order_of_use_and_start_with_an_example() -> None:
    lines = help_of().splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Options:", "Ask:", "Serve:", "Watch:", "Train:", "Operate:", "Exit codes:"]
    for heading in headings[1:-1]:
        assert lines[lines.index(heading) + 1].startswith("  $ emoji-api ")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_command_is_described_and_listed_under_its_own_name(path: tuple[str, ...]) -> None:
    assert COMMANDS[path].help
    assert COMMANDS[path].name == path[-1]
    assert f"\n  {path[-1]} " in help_of(*path[:-1])


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_help_ends_with_an_example_and_the_exit_codes(path: tuple[str, ...]) -> None:
    example, _, exit_codes = help_of(*path).partition("\nExample:\n")[2].partition("\n\nExit codes:\n")
    assert example.startswith(f"  emoji-api {' '.join(path)}")
    assert [line.split()[0] for line in exit_codes.splitlines() if line[2] != " "] == ["0", "1", "2"]


def examples() -> list[str]:
    groups = [main, *(command for command in COMMANDS.values() if isinstance(command, Group))]
    sections = [section for group in groups for section in group.list_sections(click.Context(group))]
    return [section.example for section in sections] + [COMMANDS[path].example for path in LEAVES]


@pytest.mark.parametrize("example", examples())
def test_example_is_a_valid_command_line(example: str) -> None:
    name, *arguments = shlex.split(example.partition(" > ")[0])
    assert name == "emoji-api"
    parse(arguments)


@pytest.mark.parametrize("path", [(), *(path for path, command in COMMANDS.items() if isinstance(command, Group))])
def test_summaries_are_not_cut_off(path: tuple[str, ...]) -> None:
    assert "..." not in help_of(*path, width=80).replace("[ARGS]...", "")


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["clasify"], "No such command 'clasify'. Did you mean 'classify'?"),
        (["watch", "colect"], "No such command 'colect'. Did you mean 'collect'?"),
        (["classify", "--explan"], "No such option '--explan'. Did you mean '--explain'?"),
        (["models", "serve", "--previos"], "No such option '--previos'. Did you mean '--previous'?"),
    ],
)
def test_misspelt_name_is_answered_with_a_suggestion(arguments: list[str], suggestion: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert suggestion in result.stderr


def test_nothing_is_suggested_for_an_unrelated_name() -> None:
    result = CliRunner().invoke(main, ["zzz"])
    assert result.exit_code == 2 and "No such command 'zzz'." in result.stderr and "Did you mean" not in result.stderr


def test_help_is_plain_text_when_it_is_piped_and_styled_on_a_terminal() -> None:
    plain = CliRunner().invoke(main, ["--help"]).stdout
    styled = CliRunner().invoke(main, ["--help"], color=True).stdout
    assert "\x1b" not in plain
    assert "\x1b[1mAsk:\x1b[0m" in styled and click.unstyle(styled) == plain


def test_help_imports_no_heavy_module() -> None:
    code = (
        "import sys; from emoji_api.cli.main import main; main(['--help'], standalone_mode=False);"
        f"print(*({set(HEAVY)} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
