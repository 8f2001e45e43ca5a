"""`emoji-api data`: fetch and check the training data sets."""

from pathlib import Path

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.options import document_option, import_training, json_option, read_training_params
from emoji_api.cli.output import Column, print_json, print_line, print_result, print_table

reference_option = click.option(
    "--reference",
    type=click.Path(dir_okay=False),
    help="File that describes the expected data. [default: see docs/data.md]",
)

REPORT_COLUMNS = (
    Column("data set", style="bold"),
    Column("sizes"),
    Column("passed", right=True, style="green"),
    Column("errors", right=True, style=lambda count: "" if count == "0" else "red"),
    Column("warnings", right=True, style=lambda count: "" if count == "0" else "yellow"),
    Column("known faults", right=True),
)


@cloup.command(cls=Command, example="emoji-api data fetch --out data")
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="data",
    show_default=True,
    help="Folder to write the data sets to.",
)
@click.option(
    "--from",
    "folder",
    type=click.Path(file_okay=False),
    envvar="EMOJI_API_DATA",
    show_envvar=True,
    help="Folder to copy the data sets from, instead of downloading them.",
)
@reference_option
@click.option("--replace", is_flag=True, help="Replace files whose content is not the expected one.")
@json_option
def fetch(out: str, folder: str | None, reference: str | None, replace: bool, as_json: bool) -> None:
    """Download the data sets from their publishers, or copy them from a folder, and verify every file.

    Files that are already there are kept, so an interrupted download continues. A data set whose publisher requires
    an account is skipped with a message.
    """
    fetch_files = import_training("data.fetch").fetch
    for name, done in fetch_files(
        Path(out), Path(folder) if folder else None, Path(reference) if reference else None, replace=replace
    ):
        print_result({"data_set": name, "done": done}, f"{name}: {done}", as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api data check --data data",
    exit_codes={
        0: "training would accept the data; known faults of the public data sets are no errors",
        1: "training would refuse the data, or they cannot be read",
    },
)
@click.option("--data", "folder", type=click.Path(file_okay=False), help="Folder with emotion/, tweeteval/, ...")
@click.option(
    "--params",
    type=click.Path(dir_okay=False),
    multiple=True,
    help="Parameter file that names the folders of the data sets. Repeatable: a later file overrides an earlier one.",
)
@reference_option
@click.option(
    "--write-reference",
    type=click.Path(dir_okay=False),
    help="Describe the data as they are now in this file, and check nothing.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="instance/checks",
    show_default=True,
    help="Folder for the HTML report.",
)
@click.option("--counts", type=click.Path(dir_okay=False), help="JSON file to write the counts to.")
@document_option
def check(
    folder: str | None,
    params: tuple[str, ...],
    reference: str | None,
    write_reference: str | None,
    out: str,
    counts: str | None,
    as_json: bool,
) -> None:
    """Check the data sets as every training does: labels, texts, sizes, class balance, duplicates and leaks."""
    command = import_training("data.checks.command")
    data_params = read_training_params(params, folder).data if params else command.data_params_of(folder)
    if write_reference:
        names = command.write_reference(data_params, Path(write_reference))
        text = f"wrote the description of {', '.join(names)} to {write_reference}"
        print_result({"data_sets": names, "reference": write_reference}, text, as_json=as_json)
        return
    reports, page = command.check(data_params, Path(out), reference)
    if as_json:
        print_json(command.as_dict(reports, page))
    else:
        print_table(REPORT_COLUMNS, [report.row() for report in reports])
        for report in reports:
            for line in report.lines():
                print_line(line)
        print_line(f"report: {page}")
    if counts:
        command.write_counts(reports, Path(counts))
    if any(report.has_errors for report in reports):
        raise click.exceptions.Exit(1)
