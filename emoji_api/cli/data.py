"""`emoji-api data`: what a training reads, fetched and checked."""

from pathlib import Path

import click

from emoji_api.cli.options import training_module


@click.group()
def data() -> None:
    """Data sets: what a training reads."""


@data.command()
@click.option("--out", type=click.Path(file_okay=False), default="data", show_default=True, help="Their folder.")
@click.option(
    "--from",
    "folder",
    type=click.Path(file_okay=False),
    envvar="EMOJI_API_DATA",
    show_envvar=True,
    help="A folder that has them: nothing is fetched.",
)
@click.option("--reference", type=click.Path(dir_okay=False), help="What is known of them. [default: see docs/data.md]")
@click.option("--replace", is_flag=True, help="Take the place of files that are there and are others.")
def fetch(out: str, folder: str | None, reference: str | None, replace: bool) -> None:
    """Brings data sets from where their owners publish them, or from a folder, and takes only what is known.

    What is there already stays, so that a fetch that was broken off goes on. One set is left out, and said to be, where
    its owner gives it to those alone who have an account.
    """
    known = Path(reference) if reference else None
    bring = training_module("data.fetch").fetch
    for line in bring(Path(out), Path(folder) if folder else None, known, replace=replace):
        click.echo(line)


@data.command()
@click.option("--data", "folder", type=click.Path(file_okay=False), help="A folder with emotion/, tweeteval/, ...")
@click.option("--params", type=click.Path(dir_okay=False), help="A parameter file that names the data's places.")
@click.option("--reference", type=click.Path(dir_okay=False), help="What is known of them. [default: see docs/data.md]")
@click.option("--write-reference", type=click.Path(dir_okay=False), help="Only write what is now known of them there.")
@click.option("--out", type=click.Path(file_okay=False), default="instance/checks", show_default=True, help="Pages.")
@click.option("--counts", type=click.Path(dir_okay=False), help="A JSON file for what was found, in numbers.")
def check(
    folder: str | None,
    params: str | None,
    reference: str | None,
    write_reference: str | None,
    out: str,
    counts: str | None,
) -> None:
    """Checks data sets as every training does: labels, texts, sizes, balance, repetitions, contradictions, leaks.

    Exit code 1 where a training would not start. The faults that are known of the public sets are no errors.
    """
    command = training_module("data.checks.command")
    places = command.data_params_of(folder, params)
    if write_reference:
        names = command.write_reference(places, Path(write_reference))
        click.echo(f"wrote what is known of {', '.join(names)} to {write_reference}")
        return
    reports, page = command.check(places, Path(out), reference)
    click.echo("\n".join(command.summary(reports)))
    click.echo(f"the pages begin at {page}")
    if counts:
        command.write_counts(reports, Path(counts))
    if any(report.has_errors for report in reports):
        raise click.exceptions.Exit(1)
