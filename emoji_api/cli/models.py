"""`emoji-api models`: bundles on disk, in the model store and in the MLflow registry."""

import json
from pathlib import Path

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_version
from emoji_api.cli.options import (
    behaviour_tests_option,
    data_option,
    engine_option,
    import_training,
    params_option,
    read_training_params,
)
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.inference.engines import EngineName
from emoji_api.inference.store import ModelStore
from emoji_api.settings import read_settings


@cloup.command(
    cls=Command,
    example="emoji-api models verify instance/models/tweets",
    exit_codes={1: "the bundle is damaged or cannot be loaded"},
)
@click.argument("path", type=click.Path(), required=False)
@engine_option
def verify(path: str | None, engine: EngineName) -> None:
    """Check the files, labels and outputs of the bundle in the folder PATH, or of the one that ships."""
    bundle = load_classifier(path, engine=engine).bundle
    click.echo(f"{bundle.path}: version {bundle.version} is intact and has the tasks {', '.join(bundle.tasks)}")


@cloup.command(
    cls=Command,
    example="emoji-api models show instance/models/tweets",
)
@click.argument("path", type=click.Path(), required=False)
def show(path: str | None) -> None:
    """Print bundle.json of the bundle in the folder PATH, or of the one that ships. Its files are not verified."""
    bundle = read_bundle(path or packaged_bundle(), verify=False)
    click.echo(json.dumps(bundle.manifest, indent=2, ensure_ascii=False))


@cloup.command(
    cls=Command,
    example="emoji-api models add instance/models/tweets",
)
@click.argument("path", type=click.Path(file_okay=False))
def add(path: str) -> None:
    """Verify the bundle in the folder PATH, copy it into the model store and print its version."""
    click.echo(_open_store().add(Path(path)))


@cloup.command(
    cls=Command,
    example="emoji-api models serve --previous",
)
@click.argument("version", required=False, shell_complete=complete_version)
@click.option("--previous", is_flag=True, help="Serve the version that was served before the current one.")
def serve(version: str | None, previous: bool) -> None:
    """Serve VERSION of the model store from now on, without the promotion gate and the registry."""
    if bool(version) == previous:
        raise click.UsageError("give either a VERSION or --previous")
    store = _open_store()
    version = version or store.previous()
    if version is None:
        raise click.ClickException("no version was served before")
    store.serve(version)
    click.echo(f"{version} is served")


@cloup.command(
    cls=Command,
    example="emoji-api models fit-no-emotion instance/models/tweets --data data",
)
@click.argument("path", type=click.Path(file_okay=False))
@params_option
@data_option
def fit_no_emotion(path: str, params: tuple[str, ...], data: str | None) -> None:
    """Fit the rule for tweets without an emotion, and write it into bundle.json of the bundle in the folder PATH.

    For a bundle from before that rule: training writes it. Version, files and other answers do not change.
    """
    training_params = read_training_params(params, data)
    rule = import_training("export.no_emotion").add_no_emotion(
        Path(path), training_params.data, training_params.calibration.no_emotion_max_false_positive_rate
    )
    click.echo(f"no emotion from a probability of {rule.threshold:.2f}; wrote {path}/bundle.json")


@cloup.command(
    "list",
    cls=Command,
    example="emoji-api models list",
)
def list_() -> None:
    """List the registered versions, newest first: version, aliases, creation time and validation metric per task."""
    for line in import_training("tracking.commands").list_versions():
        click.echo(line)


@cloup.command(
    cls=Command,
    example="emoji-api models register instance/models/tweets",
)
@click.argument("path", type=click.Path(file_okay=False))
def register(path: str) -> None:
    """Register the bundle in the folder PATH, which was trained without MLflow, as the challenger."""
    number = import_training("tracking.commands").register(Path(path))
    click.echo(f"{read_bundle(path, verify=False).version} is version {number} in the registry, the challenger")


@cloup.command(
    cls=Command,
    example="emoji-api models promote challenger --data data",
    exit_codes={0: "VERSION is served", 1: "the gate rejects VERSION, or another error"},
)
@click.argument("version")
@params_option
@data_option
@click.option("--force", is_flag=True, help="Promote even if the gate rejects VERSION. Needs --reason.")
@click.option("--reason", default="", help="Why the promotion is forced. Stored with the MLflow run.")
@behaviour_tests_option
def promote(version: str, params: tuple[str, ...], data: str | None, force: bool, reason: str, tests: str) -> None:
    """Serve VERSION as the champion if it passes the promotion gate.

    VERSION is one that `emoji-api models list` prints, or an alias such as challenger.
    """
    reason = reason.strip()
    if force != bool(reason):
        raise click.UsageError("--force needs a --reason" if force else "--reason needs --force")
    commands = import_training("tracking.commands")
    verdict = commands.promote_version(
        version, _open_store(), read_training_params(params, data), tests=Path(tests), reason=reason or None
    )
    click.echo(str(verdict))
    if not (verdict.promoted or force):
        raise click.ClickException(f"{version} is not promoted")
    click.echo(f"{version} is the champion" + ("" if verdict.promoted else f", forced: {reason}"))


@cloup.command(cls=Command, example="emoji-api models rollback")
def rollback() -> None:
    """Serve the previous champion again. The two swap places: a second rollback undoes the first."""
    click.echo(f"{import_training('tracking.commands').roll_back(_open_store()).version} is the champion")


def _open_store() -> ModelStore:
    return ModelStore(read_settings().model_store)
