"""`emoji-api classify`: the answers for tweets given as arguments, in a file or on standard input."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TextIO, cast

import click
import cloup

from emoji_api.cli.answers import format_json, format_json_error, format_text
from emoji_api.cli.command import Command
from emoji_api.cli.lines import chunked, count_lines, read_lines
from emoji_api.cli.options import (
    engine_option,
    file_option,
    json_option,
    model_option,
    tasks_option,
    tweet_file,
)
from emoji_api.cli.output import is_rich, print_escaped, print_rich, warn
from emoji_api.errors import InvalidText
from emoji_api.inference.answers import Answer
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.engines import EngineName
from emoji_api.inference.valid_texts import apply_to_valid
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import EMOTION

Analyse = Callable[[list[str]], list[dict[str, Answer]]]
"""A function that returns the answers to texts by task."""


@cloup.command(
    cls=Command,
    example='emoji-api classify "finally home after the longest week ever" --scores',
    exit_codes={
        0: "every tweet is answered",
        1: "a line of the input is not answered, or the model cannot be used",
        2: "a TEXT cannot be answered, the input is not UTF-8, or an option is wrong",
    },
)
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@file_option
@tasks_option(default=EMOTION.name)
@click.option("--scores", is_flag=True, help="Print the probability of every label.")
@click.option("--neutral", is_flag=True, help="Print 😐 and none for a tweet without an emotion.")
@click.option("--explain", is_flag=True, help="Print how much each word contributes to the answers.")
@json_option
@model_option
@engine_option
@click.pass_context
def classify(
    ctx: click.Context,
    texts: tuple[str, ...],
    file: TextIO | None,
    tasks: tuple[str, ...],
    scores: bool,
    neutral: bool,
    explain: bool,
    as_json: bool,
    model: str | None,
    engine: EngineName,
) -> None:
    """Classify tweets: print the emotion of each TEXT with its emoji, or the answers of the tasks named by --task.

    Without TEXT, read one tweet per line from --file, or from standard input if it is not a terminal. A line that
    cannot be answered, such as a blank one, is reported on standard error, and the others are answered; with --json
    its output line is {"text": ..., "error": ...}.

    `emoji-api models verify` lists the tasks of a model.
    """
    if texts and file:
        raise click.UsageError("give either texts or --file, not both", ctx)
    if not texts and not file:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("give texts or --file, or pipe tweets to standard input", ctx)
        file = cast(TextIO, tweet_file.convert("-", None, ctx))
    classifier = load_classifier(model, engine=engine)
    tasks = tasks or (EMOTION.name,)
    analyse = partial(classifier.analyse, tasks=tasks, neutral=neutral, explain=explain)
    answered = _answer_lines(classifier, file, analyse) if file else _answer_arguments(texts, analyse)
    failed = False
    for number, (text, answers) in enumerate(answered, start=1):
        if isinstance(answers, str):
            failed = True
            error = f"the text {answers}"
            warn(f"line {number}: {error}")
            if as_json:
                print_escaped(format_json_error(text, error))
        elif as_json:
            print_escaped(format_json(text, answers, scores))
        elif is_rich():
            from emoji_api.cli.answer_views import draw_answers

            print_rich(draw_answers(text, answers, scores=scores))
        else:
            print_escaped(format_text(text, answers, scores))
    if failed:
        ctx.exit(1)


def _answer_arguments(texts: Sequence[str], analyse: Analyse) -> Iterator[tuple[str, dict[str, Answer]]]:
    """Return each text with its answers by task. Raise UsageError if one cannot be answered."""
    try:
        return zip(texts, analyse(list(texts)), strict=True)
    except InvalidText as error:
        raise click.UsageError(f"text {(error.index or 0) + 1} {error.reason}") from error


def _answer_lines(
    classifier: Classifier, file: TextIO, analyse: Analyse
) -> Iterator[tuple[str, dict[str, Answer] | str]]:
    """Yield each line of `file` with its answers by task, or with the reason why it cannot be answered."""
    with stage("classifying", count_lines(file), TEXTS) as classifying:
        for texts in chunked(read_lines(file, source="input")):
            answers, reasons = apply_to_valid(analyse, texts, classifier)
            classifying.advance(len(reasons))
            remaining = iter(answers)
            for index, text in enumerate(texts):
                yield text, reasons[index] if index in reasons else next(remaining)
