"""The command line: `emoji-api classify`, `train`, `evaluate`, `models ...`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from emoji_api import Classifier, Phrase, __version__, load_classifier
from emoji_api.errors import DependencyMissing, EmojiApiError, InvalidText
from emoji_api.inference.answers import Answer
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.engines import ENGINES, EngineName
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


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="emoji-api")
def main() -> None:
    """Ask a tweet what it feels."""


_engine_option = click.option("--engine", type=click.Choice(ENGINES), default="onnx", show_default=True)


@main.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--file", type=click.File(encoding="utf-8-sig"), help="Tweets, one a line; - is standard input.")
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME", help="What is asked; may be repeated. [default: emotion]"
)
@click.option("--scores", is_flag=True, help="The probability of every label, not of the likeliest only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a tweet and line.")
@click.option("--model", type=click.Path(), help="The folder of a bundle. [default: the one that ships]")
@_engine_option
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
        click.echo(_as_json(text, answers, scores) if as_json else _as_text(text, answers, scores))


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
@click.option("--start", type=click.Path(file_okay=False), help="A bundle with its SavedModel, to go on from.")
@_with_training_options
def train(params: str, data: str | None, encoder: str | None, start: str | None, out: str, replace: bool) -> None:
    """Fits the network, exports it and writes a bundle. An interrupted training leaves none."""
    training = _training()
    chosen = training.chosen_params(params, data, encoder, start)
    click.echo(f"wrote {training.train(chosen, Path(out), replace=replace)}")


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
    """Writes a bundle whose int8 file is made anew from the SavedModel of the bundle MODEL, without training."""
    training = _training()
    chosen = training.chosen_params(params, data, encoder)
    other = Path(average_with) if average_with else None
    written = training.export_again(Path(model), chosen, Path(out), replace=replace, average_with=other, share=share)
    click.echo(f"wrote {written}")


@main.command()
@click.option("--data", required=True, help="A folder with emotion/, tweeteval/, ..., or the emotion set's hub name.")
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME", help="What is measured; may be repeated. [default: all]"
)
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation", show_default=True)
@click.option("--model", type=click.Path(), help="The folder of a bundle. [default: the one that ships]")
@_engine_option
def evaluate(data: str, tasks: tuple[str, ...], split: str, model: str | None, engine: EngineName) -> None:
    """Measures a bundle as it is served, by task: how often it is right, macro averages, calibration, confusion."""
    training = _training()
    classifier = load_classifier(model, engine=engine)
    click.echo(json.dumps(training.evaluate_tasks(classifier, data, split, tasks), indent=2, ensure_ascii=False))


@main.group()
def models() -> None:
    """Bundles: trained models on disk."""


@models.command()
@click.argument("path", type=click.Path(), required=False)
@_engine_option
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


def _training() -> Any:
    """The training package; TensorFlow takes seconds to import, and a serving installation has none."""
    try:
        from emoji_api.training import commands
    except ImportError as error:
        raise DependencyMissing(error.name or "TensorFlow", "train") from error
    return commands


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


def _as_text(text: str, answers: dict[str, Answer], scores: bool) -> str:
    shown = [_shown(answer, scores) for answer in answers.values()]
    if len(shown) > 1:
        shown = [f"{task}: {answer}" for task, answer in zip(answers, shown, strict=True)]
    cut = any(answer.truncated for answer in answers.values())
    return f"{'; '.join(shown)}  {' '.join(text.split())}{' (cut)' if cut else ''}"


def _shown(answer: Answer, scores: bool) -> str:
    if isinstance(answer, Phrase):
        return f"{answer.sentiment} {json.dumps(answer.text, ensure_ascii=False)} {answer.confidence:.4f}"
    ranked = _ranked(answer.scores.items()) if scores else _ranked([(answer.label, answer.confidence)])
    return ranked if answer.emoji in (None, answer.label) else f"{answer.emoji} {ranked}"


def _ranked(scores: Iterable[tuple[str, float]]) -> str:
    return " ".join(f"{label} {score:.4f}" for label, score in sorted(scores, key=lambda item: -item[1]))


def _as_json(text: str, answers: dict[str, Answer], scores: bool) -> str:
    shared = ("task", "truncated", "model_version")  # told once
    hidden = shared if scores else (*shared, "scores")
    document = {
        "text": text,
        "answers": {
            task: {name: value for name, value in asdict(answer).items() if name not in hidden and value is not None}
            for task, answer in answers.items()
        },
        "truncated": any(answer.truncated for answer in answers.values()),
        "model_version": next(answer.model_version for answer in answers.values()),
    }
    return json.dumps(document, ensure_ascii=False)
