"""Writes settings.md, parameters.md, commands.md and a table of quality.md: python docs/write_tables.py

With --check nothing is written, and the exit code is 1 if a page differs from the declarations.
"""

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_type_hints

import click
import cloup

from emoji_api.cli.command import Group
from emoji_api.cli.main import main as main_command
from emoji_api.declarations import Declaration, declared_values, nested_dataclass, type_name
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.manifest_metrics import read_splits
from emoji_api.settings import Settings, environment_variable
from emoji_api.shipped_model import PUBLISHED
from emoji_api.training.params import Params

FOLDER = Path(__file__).parent
HELP_WIDTH = 100
MARKER = "<!-- written by docs/write_tables.py; do not edit below -->\n"
END = "<!-- end of the written part -->\n"
"""End of the written part in a page with more text below it. Without it, the written part is the rest of the page."""


def settings() -> str:
    """Return the table of all settings."""
    return table(
        ("environment variable", "default", "allowed values", "description"),
        (
            (
                f"`{environment_variable(setting.name)}`",
                f"`{setting.default}`" if setting.default not in (None, ()) else "not set",
                setting.allowed_values,
                setting.rule.description,
            )
            for setting in declared_values(Settings)
        ),
    )


def parameters() -> str:
    """Return a section for each section of the parameters: heading, description and table."""
    parts = []
    for path, declaring in sections(Params):
        rows = (
            (
                f"`{parameter.name}`",
                type_name(parameter.type),
                default(parameter),
                parameter.allowed_values,
                parameter.rule.description,
            )
            for parameter in declared_values(declaring)
        )
        heading = f"## `{path}`" if path else "## Top level"
        described = table(("name", "type", "default", "allowed values", "description"), rows)
        parts.append(f"{heading}\n\n{cleandoc(declaring.__doc__ or '')}\n\n{described}")
    return "\n".join(parts)


def comparison() -> str:
    """Return the table of the shipped model and published models, on the test splits."""
    bundle = read_bundle(packaged_bundle(), verify=False)
    rows = []
    for result in PUBLISHED:
        task = bundle.tasks[result.task]
        splits = read_splits(task, bundle.metrics[task.name])
        measured = splits["test"].metrics[result.metric]
        validation = splits["validation"]
        published = f"{result.value}" if result.high is None else f"{result.value} to {result.high}"
        remark = f"; {result.remark}" if result.remark else ""
        rows.append(
            (
                task.name,
                f"{splits['test'].rows:,}",
                measured.name,
                f"{measured.value:.3f}",
                "{:.3f} to {:.3f}".format(*measured.interval) if measured.interval else "",
                f"{result.model} {published} ([{result.source}]({result.url}){remark})",
                f"{validation.calibration_error:.3f} / {validation.calibration_error_by_chance:.3f}",
            )
        )
    columns = ("task", "rows", "metric", "this model", "95 % interval", "published", "calibration error / expected")
    return table(columns, rows)


def commands() -> str:
    """Return the help of every command, each under its own heading."""
    return "\n".join(
        f"## `{context.command_path}`\n\n```text\n{context.get_help()}\n```\n" for context in contexts(root_context())
    )


def root_context() -> click.Context:
    """Return the context of `emoji-api`, for help of a fixed width without colours."""
    return cloup.Context(main_command, info_name="emoji-api", terminal_width=HELP_WIDTH, color=False)


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command, and those of the commands in it, in the order of its help."""
    yield context
    if isinstance(context.command, Group):
        for section in context.command.list_sections(context):
            for name in section.commands:
                _, command, _ = context.command.resolve_command(context, [name])
                assert command
                yield from contexts(type(context)(command, info_name=name, parent=context))


def sections(declaring: type, path: str = "") -> Iterator[tuple[str, type]]:
    """Yield the dataclass and those nested in it, each with its dotted path in a parameter file."""
    yield path, declaring
    for field in dataclasses.fields(declaring):
        if nested := nested_dataclass(get_type_hints(declaring)[field.name]):
            yield from sections(nested, f"{path}.{field.name}" if path else field.name)


def default(parameter: Declaration) -> str:
    """Return the default of a parameter as YAML."""
    if parameter.default is dataclasses.MISSING:
        return "required"
    return f"`{json.dumps(parameter.default, default=dataclasses.asdict)}`"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> int:
    """Write the files, or compare them, and return the exit code."""
    code = 0
    pages = {
        "settings.md": settings(),
        "parameters.md": parameters(),
        "quality.md": comparison(),
        "commands.md": commands(),
    }
    for name, content in pages.items():
        path = FOLDER / name
        old = path.read_text(encoding="utf-8")
        before, _, below = old.partition(MARKER)
        _, end, after = below.partition(END)
        new = f"{before}{MARKER}\n{content}" + (f"\n{end}{after}" if end else "")
        if new == old:
            continue
        if "--check" in sys.argv:
            print(f"{path} differs from the declarations; run: python docs/write_tables.py")
            code = 1
        else:
            path.write_text(new, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
