"""`emoji-api models`: bundles on disk, in the model store and in the MLflow registry."""

import json
from pathlib import Path

import click

from emoji_api.cli.options import engine_option, tests_option, training_module
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.inference.engines import EngineName
from emoji_api.inference.store import ModelStore
from emoji_api.settings import read_settings


@click.group()
def models() -> None:
    """Bundles: trained models on disk, in the model store and in the MLflow registry."""


@models.command()
@click.argument("path", type=click.Path(), required=False)
@engine_option
def verify(path: str | None, engine: EngineName) -> None:
    """Checks the files, labels and outputs of the bundle at PATH, or of the one that ships."""
    bundle = load_classifier(path, engine=engine).bundle
    click.echo(f"{bundle.path}: version {bundle.version} is whole and answers {', '.join(bundle.tasks)}")


@models.command()
@click.argument("path", type=click.Path(), required=False)
def show(path: str | None) -> None:
    """The bundle.json of the bundle at PATH, or of the one that ships, without checking its files."""
    bundle = read_bundle(path or packaged_bundle(), verify=False)
    click.echo(json.dumps(bundle.manifest, indent=2, ensure_ascii=False))


@models.command()
@click.argument("path", type=click.Path(file_okay=False))
def add(path: str) -> None:
    """Copies the bundle at PATH, verified, into the model store, and names its version."""
    click.echo(_store().add(Path(path)))


@models.command()
@click.argument("version", required=False)
@click.option("--previous", is_flag=True, help="The version that was served before.")
def serve(version: str | None, previous: bool) -> None:
    """Has VERSION, which the model store has, served, without a gate and without a registry."""
    if bool(version) == previous:
        raise click.UsageError("give either a VERSION or --previous")
    store = _store()
    wanted = version or store.previous()
    if wanted is None:
        raise click.ClickException("no version was served before")
    store.serve(wanted)
    click.echo(f"{wanted} is served")


@models.command(name="list")
def list_() -> None:
    """The registered versions, the newest first: version, aliases, when, and each task's measure on validation."""
    for line in training_module("tracking.commands").list_versions():
        click.echo(line)


@models.command()
@click.argument("path", type=click.Path(file_okay=False))
def register(path: str) -> None:
    """Registers the bundle at PATH, which was trained without MLflow, as the challenger."""
    number = training_module("tracking.commands").register(Path(path))
    click.echo(f"{read_bundle(path, verify=False).version} is version {number} in the registry, the challenger")


@models.command()
@click.argument("version")
@click.option("--params", type=click.Path(dir_okay=False), default="params.yaml", show_default=True)
@click.option("--data", type=click.Path(file_okay=False), help="A folder with emotion/, tweeteval/, ... for all.")
@click.option("--force", is_flag=True, help="Also where the gate is against it; needs --reason.")
@click.option("--reason", default="", help="Why it is forced; kept with the run.")
@tests_option
def promote(version: str, params: str, data: str | None, force: bool, reason: str, tests: str) -> None:
    """Makes VERSION the champion, which is served, if it passes the gate; exit code 1 where it does not.

    VERSION is what `models list` names, or an alias, such as challenger.
    """
    if force != bool(reason.strip()):
        raise click.UsageError("--force needs a --reason" if force else "--reason is for --force")
    commands, chosen = (
        training_module("tracking.commands"),
        training_module("data.sources").resolve_params(params, data, None),
    )
    decision = commands.promote_version(version, _store(), chosen, tests=Path(tests), reason=reason.strip() or None)
    click.echo(str(decision))
    if not (decision.promoted or force):
        raise click.ClickException(f"{version} is not promoted")
    click.echo(f"{version} is the champion" + ("" if decision.promoted else f", forced: {reason}"))


@models.command()
def rollback() -> None:
    """Makes the champion before this one the champion again, which is served; the two change places."""
    click.echo(f"{training_module('tracking.commands').roll_back(_store()).version} is the champion")


def _store() -> ModelStore:
    return ModelStore(read_settings().model_store)
