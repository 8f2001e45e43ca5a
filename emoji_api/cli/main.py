"""The command line: `emoji-api classify`, `train`, `sweep`, `evaluate`, `behave`, `data ...`, `models ...`."""

import errno
import json
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from emoji_api import Classifier, __version__, load_classifier
from emoji_api.cli import answers as cli_answers
from emoji_api.cli.data import data
from emoji_api.cli.drift import drift
from emoji_api.cli.feedback import feedback
from emoji_api.cli.models import models
from emoji_api.cli.options import engine_option, tests_option, training_module
from emoji_api.errors import EmojiApiError, InvalidText
from emoji_api.inference.answers import Answer
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.engines import EngineName
from emoji_api.tasks import EMOTION

CHUNK = 1024
"""Lines of a file that are held in memory at a time."""


class Commands(click.Group):
    """Commands whose errors end in a message: exit code 2 for a text that cannot be answered, 1 for the rest."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except InvalidText as error:
            raise click.UsageError(str(error)) from error
        except EmojiApiError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has enough: click ends without a word
                raise
            raise click.ClickException(str(error) or repr(error)) from error


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="emoji-api")
def main() -> None:
    """Ask a tweet what it feels."""


main.add_command(feedback)
main.add_command(drift)
main.add_command(data)
main.add_command(models)


@main.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--file", type=click.File(encoding="utf-8-sig"), help="Tweets, one a line; - is standard input.")
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME", help="What is asked; may be repeated. [default: emotion]"
)
@click.option("--scores", is_flag=True, help="The probability of every label, not of the likeliest only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a tweet and line.")
@click.option("--model", type=click.Path(), help="The folder of a bundle. [default: the one that ships]")
@engine_option
def classify(
    texts: tuple[str, ...],
    file: TextIO | None,
    tasks: tuple[str, ...],
    scores: bool,
    as_json: bool,
    model: str | None,
    engine: EngineName,
) -> None:
    """What each TEXT says, or each line of a file: the emotion with its emoji, or the tasks that are named.

    The tasks of a model are those that `models verify` names.
    """
    if bool(texts) == bool(file):
        raise click.UsageError("give either texts or --file")
    classifier = load_classifier(model, engine=engine)
    wanted = tasks or (EMOTION.name,)
    analysed = (
        _analyse_lines(classifier, file, wanted) if file else zip(texts, classifier.analyse(texts, wanted), strict=True)
    )
    for text, answers in analysed:
        click.echo(
            cli_answers.as_json(text, answers, scores) if as_json else cli_answers.as_text(text, answers, scores)
        )


_training_options = [
    click.option("--params", type=click.Path(dir_okay=False), default="params.yaml", show_default=True),
    click.option("--data", type=click.Path(file_okay=False), help="A folder with emotion/, tweeteval/, ... for all."),
    click.option("--encoder", help="A hub name or a folder, instead of the parameters' own."),
    click.option("--out", type=click.Path(file_okay=False), default="instance/models/tweets", show_default=True),
    click.option("--replace", is_flag=True, help="Take the place of a bundle that is there already."),
]


def _with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_training_options):
        command = option(command)
    return command


@main.command()
@click.option("--start", type=click.Path(file_okay=False), help="A bundle, to go on from.")
@click.option("--teacher", type=click.Path(file_okay=False), multiple=True, help="A bundle to learn from; many may be.")
@click.option("--track/--no-track", default=True, show_default=True, help="As an MLflow run, and register the bundle.")
@click.option("--track-saved-model", is_flag=True, help="Keep the SavedModel with the run too, to go on from.")
@_with_training_options
def train(
    track: bool,
    track_saved_model: bool,
    params: str,
    data: str | None,
    encoder: str | None,
    start: str | None,
    teacher: tuple[str, ...],
    out: str,
    replace: bool,
) -> None:
    """Fits the network, exports it and writes a bundle. An interrupted training leaves none.

    The run is in the MLflow server or database that MLFLOW_TRACKING_URI names, or in instance/mlflow.db.
    """
    chosen = training_module("data.sources").resolve_params(params, data, encoder, start, teacher)
    with _interrupted_by_sigterm():
        if track:
            tracked = training_module("tracking.commands").train_tracked
            written = tracked(chosen, Path(out), replace=replace, with_saved_model=track_saved_model)
        else:
            written = training_module("train").train(chosen, Path(out), replace=replace)
    click.echo(f"wrote {written}")


@main.command()
@click.option("--guesses", type=click.Path(file_okay=False), help="A bundle that guesses the emotions of tweets.")
@click.option("--start", type=click.Path(file_okay=False), help="A bundle, for the students to go on from.")
@_with_training_options
def distil(
    guesses: str | None,
    start: str | None,
    params: str,
    data: str | None,
    encoder: str | None,
    out: str,
    replace: bool,
) -> None:
    """Fits many networks, which teach one, and writes its bundle. For a GPU: two cores need about a day."""
    chosen = training_module("data.sources").resolve_params(params, data, encoder, start)
    with _interrupted_by_sigterm():
        run = training_module("distillation.distil", "distil").distil
        written = run(chosen, Path(out), guesses=Path(guesses) if guesses else None, replace=replace)
    click.echo(f"wrote {written}")


@main.command()
@click.option("--params", type=click.Path(dir_okay=False), default="params.yaml", show_default=True)
@click.option("--data", type=click.Path(file_okay=False), help="A folder with emotion/, tweeteval/, ... for all.")
@click.option("--encoder", help="A hub name or a folder, instead of the parameters' own.")
@click.option("--trials", type=click.IntRange(1), default=20, show_default=True, help="So many in all.")
@click.option("--study", default="tweets", show_default=True, help="Its name; one that is there already goes on.")
@click.option("--track/--no-track", default=True, show_default=True, help="Each trial as an MLflow run.")
def sweep(params: str, data: str | None, encoder: str | None, trials: int, study: str, track: bool) -> None:
    """Tries parameters from the ranges in the section `sweep`, and names the best. One that was killed goes on."""
    chosen = training_module("data.sources").resolve_params(params, data, encoder)
    with _interrupted_by_sigterm():
        done = training_module("tracking.commands").sweep(chosen, study, trials, track=track)
    click.echo(f"trial {done.best_trial.number} is the best: {done.best_value:.4f}")
    for name, value in done.best_params.items():
        click.echo(f"{name}: {value}")


@main.command()
@click.argument("model", type=click.Path(file_okay=False))
@click.option("--average-with", type=click.Path(file_okay=False), help="The bundle that MODEL was trained from.")
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="That bundle's share.")
@_with_training_options
def export(
    model: str,
    average_with: str | None,
    share: float,
    params: str,
    data: str | None,
    encoder: str | None,
    out: str,
    replace: bool,
) -> None:
    """Writes a bundle whose int8 file is made anew from the weights of the bundle MODEL, without training."""
    chosen = training_module("data.sources").resolve_params(params, data, encoder)
    other = Path(average_with) if average_with else None
    written = training_module("export.bundle").reexport(
        Path(model), chosen, Path(out), replace=replace, average_with=other, share=share
    )
    click.echo(f"wrote {written}")


@main.command()
@click.option("--data", required=True, help="A folder with emotion/, tweeteval/, ..., or the emotion set's hub name.")
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME", help="What is measured; may be repeated. [default: all]"
)
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True)
@click.option("--model", type=click.Path(), help="The folder of a bundle. [default: the one that ships]")
@click.option(
    "--out", type=click.Path(file_okay=False), help="A folder of its own instead: metrics/, confusion/, epochs/."
)
@engine_option
def evaluate(
    data: str, tasks: tuple[str, ...], split: str, model: str | None, out: str | None, engine: EngineName
) -> None:
    """Measures a bundle as it is served, by task: how often it is right, macro averages, calibration, confusion."""
    if out:
        training_module("evaluation.result_files").require_evaluation_folder(Path(out))  # now: measuring takes minutes
    classifier = load_classifier(model, engine=engine)
    measured = training_module("evaluation.evaluate").evaluate_tasks(classifier, data, split, tasks)
    if out:
        training_module("evaluation.result_files").write_evaluation(Path(out), measured, classifier.bundle.manifest)
        click.echo(f"wrote {out}")
    else:
        click.echo(json.dumps(measured, indent=2, ensure_ascii=False))


@main.command()
@click.option("--model", type=click.Path(file_okay=False), help="The folder of a bundle. [default: the one that ships]")
@tests_option
@click.option("--data", type=click.Path(file_okay=False), help="The public data, for the tests that need them.")
@click.option("--out", type=click.Path(dir_okay=False), help="A JSON file for the numbers, beside what is printed.")
def behave(model: str | None, tests: str, data: str | None, out: str | None) -> None:
    """Runs the behaviour tests on a bundle: of the rows of each, how many it fails."""
    behaviour = training_module("gate.behaviour")
    bundle = Path(model or packaged_bundle())
    found = behaviour.run_behaviour_tests(bundle, Path(tests), Path(data) if data else None)
    if out:
        behaviour.write_counts(found, Path(out))
    for test, counted in found.items():
        click.echo(f"{counted.failed} of {counted.rows}  {test}")
    failed, rows = (sum(getattr(one, name) for one in found.values()) for name in ("failed", "rows"))
    click.echo(f"{failed} of {rows} fail")


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """What ends a training as Ctrl-C does, its files and its run in order."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _analyse_lines(
    classifier: Classifier, file: TextIO, tasks: Sequence[str]
) -> Iterator[tuple[str, dict[str, Answer]]]:
    """Each line of `file` with its answers. Raises `InvalidText` that names the line."""
    first = 1
    try:
        while lines := [line.rstrip("\n") for line in islice(file, CHUNK)]:
            yield from zip(lines, classifier.analyse(lines, tasks), strict=True)
            first += len(lines)
    except InvalidText as error:
        raise click.UsageError(f"line {first + (error.index or 0)}: the text {error.reason}") from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the file is not UTF-8: {error.reason}") from error
