"""`emoji-api train`, `distil`, `sweep` and `export`: the commands that fit networks and write bundles."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.options import (
    bundle_writing_options,
    data_option,
    encoder_option,
    import_training,
    json_option,
    params_option,
    read_training_params,
    track_option,
)
from emoji_api.cli.output import log_apart, print_json, print_line, print_result


@cloup.command(cls=Command, example="emoji-api train --data data --out instance/models/tweets --replace")
@click.option("--start", type=click.Path(file_okay=False), help="Bundle whose weights training starts from.")
@click.option(
    "--teacher",
    "teachers",
    type=click.Path(file_okay=False),
    multiple=True,
    help="Bundle whose predictions are soft targets. Repeatable.",
)
@track_option
@click.option("--track-saved-model", is_flag=True, help="Store the SavedModel with the MLflow run too.")
@bundle_writing_options
@json_option
def train(
    start: str | None,
    teachers: tuple[str, ...],
    track: bool,
    track_saved_model: bool,
    params: tuple[str, ...],
    data: str | None,
    encoder: str | None,
    out: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Train the network, export it and write a bundle. An interrupted training writes nothing.

    With --track, the run is recorded in MLflow and the bundle is registered as the challenger: on the server or in
    the database that MLFLOW_TRACKING_URI names, or in instance/mlflow.db.
    """
    training_params = read_training_params(params, data, encoder, start, teachers)
    with _interrupt_on_sigterm(), log_apart(as_json):
        if track:
            train_tracked = import_training("tracking.commands").train_tracked
            bundle = train_tracked(training_params, Path(out), replace=replace, with_saved_model=track_saved_model)
        else:
            bundle = import_training("train").train(training_params, Path(out), replace=replace)
    print_result({"bundle": str(bundle)}, f"wrote {bundle}", as_json=as_json)


@cloup.command(cls=Command, example="emoji-api distil --data data --out instance/models/distilled")
@click.option(
    "--pseudo-label-model",
    type=click.Path(file_okay=False),
    help="Bundle that pseudo-labels the emotion of tweets without an emotion label.",
)
@click.option("--start", type=click.Path(file_okay=False), help="Bundle whose weights the students start from.")
@bundle_writing_options
@json_option
def distil(
    pseudo_label_model: str | None,
    start: str | None,
    params: tuple[str, ...],
    data: str | None,
    encoder: str | None,
    out: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Train an ensemble of teachers, distil it into one network and write its bundle.

    Needs a GPU in practice: two CPU cores take about a day.
    """
    training_params = read_training_params(params, data, encoder, start)
    pseudo_labels = Path(pseudo_label_model) if pseudo_label_model else None
    with _interrupt_on_sigterm(), log_apart(as_json):
        distil_ensemble = import_training("distillation.distil", "distil").distil
        bundle = distil_ensemble(training_params, Path(out), pseudo_label_model=pseudo_labels, replace=replace)
    print_result({"bundle": str(bundle)}, f"wrote {bundle}", as_json=as_json)


@cloup.command(cls=Command, example="emoji-api sweep --data data --trials 50")
@params_option
@data_option
@encoder_option
@click.option(
    "--trials", type=click.IntRange(1), default=20, show_default=True, help="Number of trials the study has at the end."
)
@click.option(
    "--study", default="tweets", show_default=True, help="Name of the Optuna study. An existing one is continued."
)
@track_option
@json_option
def sweep(
    params: tuple[str, ...],
    data: str | None,
    encoder: str | None,
    trials: int,
    study: str,
    track: bool,
    as_json: bool,
) -> None:
    """Search the parameter ranges in the section `sweep` of the parameters, and print the best trial.

    With --track, each trial is an MLflow run. A sweep that was interrupted continues when it is started again.
    """
    training_params = read_training_params(params, data, encoder)
    with _interrupt_on_sigterm(), log_apart(as_json):
        finished = import_training("tracking.commands").sweep(training_params, study, trials, track=track)
    best = finished.best_trial.number
    if as_json:
        print_json({"trial": best, "score": finished.best_value, "params": finished.best_params})
        return
    print_line(f"trial {best} is the best: {finished.best_value:.4f}")
    for name, value in finished.best_params.items():
        print_line(f"{name}: {value}")


@cloup.command(
    cls=Command, example="emoji-api export instance/models/tweets --data data --out instance/models/exported"
)
@click.argument("model", type=click.Path(file_okay=False))
@click.option(
    "--average-with", type=click.Path(file_okay=False), help="Bundle whose weights are averaged with those of MODEL."
)
@click.option(
    "--average-weight",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Weight of the --average-with bundle in the average.",
)
@bundle_writing_options
@json_option
def export(
    model: str,
    average_with: str | None,
    average_weight: float,
    params: tuple[str, ...],
    data: str | None,
    encoder: str | None,
    out: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Write a new bundle from the weights of the bundle MODEL: calibrated and quantised again, without training."""
    training_params = read_training_params(params, data, encoder)
    with log_apart(as_json):
        bundle = import_training("export.bundle").reexport(
            Path(model),
            training_params,
            Path(out),
            replace=replace,
            average_with=Path(average_with) if average_with else None,
            average_weight=average_weight,
        )
    print_result({"bundle": str(bundle)}, f"wrote {bundle}", as_json=as_json)


@contextmanager
def _interrupt_on_sigterm() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C inside the block, so that files and the MLflow run are closed properly."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
