"""`emoji-api models`: bundles on disk, in the model store and in the MLflow registry."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.completion import complete_version
from emoji_api.cli.model_card import print_card
from emoji_api.cli.options import (
    behaviour_tests_option,
    data_option,
    document_option,
    engine_option,
    import_training,
    json_option,
    params_option,
    read_training_params,
    served_manifest,
)
from emoji_api.cli.output import Column, log_apart, print_json, print_line, print_result, print_table
from emoji_api.inference.bundle import Bundle, read_bundle
from emoji_api.inference.classifier import load_classifier
from emoji_api.inference.engines import EngineName
from emoji_api.inference.store import ModelStore
from emoji_api.settings import read_settings

VERSION_COLUMNS = (
    Column("version", style="bold"),
    Column("aliases", style=lambda aliases: {"champion": "green", "challenger": "yellow"}.get(aliases, "")),
    Column("created (UTC)"),
    Column("validation", wraps=True),
)
CHECK_COLUMNS = (
    Column("", style=lambda outcome: "green" if outcome == "pass" else "red"),
    Column("check", wraps=True),
)


@cloup.command(
    cls=Command,
    example="emoji-api models verify instance/models/tweets",
    exit_codes={1: "the bundle is damaged or cannot be loaded"},
)
@click.argument("path", type=click.Path(), required=False)
@engine_option
@json_option
def verify(path: str | None, engine: EngineName, as_json: bool) -> None:
    """Check the files, labels and outputs of the bundle in the folder PATH, or of the one that ships."""
    bundle = load_classifier(path, engine=engine).bundle
    document = {"path": str(bundle.path), "version": bundle.version, "tasks": list(bundle.tasks)}
    text = f"{bundle.path}: version {bundle.version} is intact and has the tasks {', '.join(bundle.tasks)}"
    print_result(document, text, as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api models show",
)
@click.argument("version", required=False, shell_complete=complete_version)
@document_option
def show(version: str | None, as_json: bool) -> None:
    """Print the card of a model: origin, size and data, and the quality of each task.

    VERSION is one of the model store, or the folder of a bundle; by default the model that the settings serve. With
    --json the whole manifest is printed, bundle.json. The files of the bundle are not verified.
    """
    bundle = _find_bundle(version)
    if as_json:
        print_json(bundle.manifest, indent=2)
    else:
        print_card(bundle)


@cloup.command(
    cls=Command,
    example="emoji-api models add instance/models/tweets",
)
@click.argument("path", type=click.Path(file_okay=False))
@json_option
def add(path: str, as_json: bool) -> None:
    """Verify the bundle in the folder PATH, copy it into the model store and print its version."""
    version = _open_store().add(Path(path))
    print_result({"version": version}, version, as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api models serve --previous",
)
@click.argument("version", required=False, shell_complete=complete_version)
@click.option("--previous", is_flag=True, help="Serve the version that was served before the current one.")
@json_option
def serve(version: str | None, previous: bool, as_json: bool) -> None:
    """Serve VERSION of the model store from now on, without the promotion gate and the registry."""
    if bool(version) == previous:
        raise click.UsageError("give either a VERSION or --previous")
    store = _open_store()
    version = version or store.previous()
    if version is None:
        raise click.ClickException("no version was served before")
    store.serve(version)
    print_result({"served": version}, f"{version} is served", as_json=as_json)


@cloup.command(
    cls=Command,
    example="emoji-api models fit-no-emotion instance/models/tweets --data data",
)
@click.argument("path", type=click.Path(file_okay=False))
@params_option
@data_option
@json_option
def fit_no_emotion(path: str, params: tuple[str, ...], data: str | None, as_json: bool) -> None:
    """Fit the rule for tweets without an emotion, and write it into bundle.json of the bundle in the folder PATH.

    For a bundle from before that rule: training writes it. Version, files and other answers do not change.
    """
    training_params = read_training_params(params, data)
    with log_apart(as_json):
        rule = import_training("export.no_emotion").add_no_emotion(
            Path(path), training_params.data, training_params.calibration.no_emotion_max_false_positive_rate
        )
    document = {"threshold": rule.threshold, "manifest": f"{path}/bundle.json"}
    text = f"no emotion from a probability of {rule.threshold:.2f}; wrote {path}/bundle.json"
    print_result(document, text, as_json=as_json)


@cloup.command(
    "list",
    cls=Command,
    example="emoji-api models list",
)
@json_option
def list_(as_json: bool) -> None:
    """List the registered versions, newest first: version, aliases, creation time and validation metric per task."""
    versions = import_training("tracking.commands").list_versions()
    if as_json:
        for version in versions:
            print_json(version)
    else:
        print_table(VERSION_COLUMNS, map(_version_cells, versions), separator="  ")


@cloup.command(
    cls=Command,
    example="emoji-api models register instance/models/tweets",
)
@click.argument("path", type=click.Path(file_okay=False))
@json_option
def register(path: str, as_json: bool) -> None:
    """Register the bundle in the folder PATH, which was trained without MLflow, as the challenger."""
    number = import_training("tracking.commands").register(Path(path))
    version = read_bundle(path, verify=False).version
    text = f"{version} is version {number} in the registry, the challenger"
    print_result({"version": version, "number": number}, text, as_json=as_json)


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
@document_option
def promote(
    version: str, params: tuple[str, ...], data: str | None, force: bool, reason: str, tests: str, as_json: bool
) -> None:
    """Serve VERSION as the champion if it passes the promotion gate.

    VERSION is one that `emoji-api models list` prints, or an alias such as challenger.
    """
    reason = reason.strip()
    if force != bool(reason):
        raise click.UsageError("--force needs a --reason" if force else "--reason needs --force")
    commands = import_training("tracking.commands")
    with log_apart(as_json):
        verdict = commands.promote_version(
            version, _open_store(), read_training_params(params, data), tests=Path(tests), reason=reason or None
        )
    is_champion = verdict.promoted or force
    if as_json:
        print_json({"version": version, "champion": is_champion, **verdict.as_dict()})
    else:
        print_line(verdict.headline)
        print_table(CHECK_COLUMNS, [check.row() for check in verdict.checks], separator="  ")
    if not is_champion:
        raise click.ClickException(f"{version} is not promoted")
    if not as_json:
        print_line(f"{version} is the champion" + ("" if verdict.promoted else f", forced: {reason}"))


@cloup.command(cls=Command, example="emoji-api models rollback")
@json_option
def rollback(as_json: bool) -> None:
    """Serve the previous champion again. The two swap places: a second rollback undoes the first."""
    version = import_training("tracking.commands").roll_back(_open_store()).version
    print_result({"champion": version}, f"{version} is the champion", as_json=as_json)


def _find_bundle(version: str | None) -> Bundle:
    """Return the bundle in the folder `version`, or of that version in the store; by default the served one."""
    if version is None:
        return served_manifest()
    folder = Path(version)
    return read_bundle(folder if folder.is_dir() else _open_store().path(version), verify=False)


def _version_cells(version: Mapping[str, Any]) -> list[str]:
    created = f"{datetime.fromisoformat(version['created_at']):%Y-%m-%d %H:%M}"
    metrics = ", ".join(f"{task} {value:.4f}" for task, value in version["validation"].items())
    return [version["version"], ", ".join(version["aliases"]) or "-", created, metrics]


def _open_store() -> ModelStore:
    return ModelStore(read_settings().model_store)
