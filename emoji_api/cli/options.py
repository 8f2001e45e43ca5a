"""Options that several commands share, and imports of the training package, which serving does not install."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from emoji_api.cli.completion import complete_task
from emoji_api.cli.progress_bars import start_up_log_hidden
from emoji_api.errors import DependencyMissing
from emoji_api.inference.bundle import Bundle, read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.engines import ENGINES
from emoji_api.inference.store import ModelStore
from emoji_api.progress import stage
from emoji_api.settings import read_settings

Command = Callable[..., None]

model_option = click.option(
    "--model", type=click.Path(file_okay=False), help="Folder of the bundle. [default: the bundle that ships]"
)
engine_option = click.option(
    "--engine", type=click.Choice(ENGINES), default="onnx", show_default=True, help="Library that runs the network."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
document_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
# surrogateescape: the line that is not UTF-8 can be named, and the lines before it are answered
tweet_file = click.File(encoding="utf-8-sig", errors="surrogateescape")
file_option = click.option(
    "--file", type=tweet_file, help="UTF-8 file of tweets, one per line; - reads standard input."
)

params_option = click.option(
    "--params",
    type=click.Path(dir_okay=False),
    multiple=True,
    default=("params.yaml",),
    show_default=True,
    help="Training parameters in YAML. Repeatable: a later file overrides an earlier one.",
)
data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    help="Folder of the data sets (emotion/, tweeteval/, ...). Overrides the parameters.",
)
encoder_option = click.option(
    "--encoder", help="Hub name or folder of the pretrained encoder. Overrides the parameters."
)
out_option = click.option(
    "--out",
    type=click.Path(file_okay=False),
    default="instance/models/tweets",
    show_default=True,
    help="Folder to write the bundle to.",
)
replace_option = click.option("--replace", is_flag=True, help="Replace the bundle in that folder.")
track_option = click.option(
    "--track/--no-track", default=True, show_default=True, help="Record the training in MLflow."
)
behaviour_tests_option = click.option(
    "--tests",
    type=click.Path(file_okay=False),
    default="tests/behaviour",
    show_default=True,
    help="Folder of the behaviour tests.",
)


def tasks_option(default: str) -> Callable[[Command], Command]:
    """Return the option that names tasks. `default` says in its help which tasks are chosen without it."""
    return click.option(
        "--task",
        "tasks",
        multiple=True,
        metavar="NAME",
        help=f"Name of a task. Repeatable. [default: {default}]",
        shell_complete=complete_task,
    )


def bundle_writing_options(command: Command) -> Command:
    """Add the options of the commands that write a bundle: parameters, data, encoder and output folder."""
    for option in (replace_option, out_option, encoder_option, data_option, params_option):
        command = option(command)
    return command


def read_training_params(
    files: Sequence[str],
    data: str | None,
    encoder: str | None = None,
    start: str | None = None,
    teachers: Sequence[str] = (),
) -> Any:
    """Return the `Params` in the parameter files, overridden by the other options. Raise DataError if one is wrong."""
    paths = files if len(files) > 1 else files[0]
    return import_training("data.sources").resolve_params(paths, data, encoder, start, teachers)


def utc_time(value: str) -> datetime:
    """Return a date or time in ISO 8601 as an aware datetime in UTC. Without a zone it is UTC; a date is its midnight.

    Raise click.BadParameter if it is malformed. Use it as the `type` of an option.
    """
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is not a date such as 2026-10-01 or 2026-10-01T08:30:00Z") from error


def served_bundle() -> Path | None:
    """Return the folder of the bundle that a service with these settings serves, `None` for the one that ships."""
    settings = read_settings()
    if settings.model_path:
        return Path(settings.model_path)
    store = ModelStore(settings.model_store)
    version = store.served()
    return store.path(version) if version else None


def served_manifest() -> Bundle:
    """Return the bundle that a service with these settings serves, without a check of its files."""
    return read_bundle(served_bundle() or packaged_bundle(), verify=False)


def import_training(module: str, extra: str = "train") -> Any:
    """Import a module of the training package. Raise DependencyMissing if the optional dependencies are missing.

    `module` is relative to `emoji_api.training`; `extra` names the optional dependencies that it needs. Commands call
    this when they run: TensorFlow takes seconds to import, and a serving installation does not have it.
    """
    try:
        with stage("starting TensorFlow"), start_up_log_hidden():
            return import_module(f"emoji_api.training.{module}")
    except ImportError as error:
        if error.name and error.name.startswith("emoji_api"):
            raise
        raise DependencyMissing(error.name or "TensorFlow", extra) from error
