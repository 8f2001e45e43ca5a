"""Writes tables of settings.md, parameters.md and quality.md from the declarations: python docs/write_tables.py

With --check nothing is written, and the exit code is 1 if a table differs from the declarations.
"""

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_type_hints

from emoji_api.declarations import Declaration, declared_values, nested_dataclass, type_name
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.pages.model_metrics import read_splits
from emoji_api.settings import Settings, environment_variable
from emoji_api.shipped_model import PUBLISHED
from emoji_api.training.params import Params

FOLDER = Path(__file__).parent
MARKER = "<!-- written by docs/write_tables.py; do not edit below -->\n"
END = "<!-- end of the written part -->\n"
"""Where the text goes on after a written part; it may be missing."""


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
    written = {"settings.md": settings(), "parameters.md": parameters(), "quality.md": comparison()}
    for name, content in written.items():
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
