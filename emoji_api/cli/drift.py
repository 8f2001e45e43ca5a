"""`emoji-api drift`: a table of population stability indexes, and an exit code for scheduled jobs."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TextIO

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.database import existing_database_url
from emoji_api.cli.lines import chunked, count_lines, read_lines
from emoji_api.cli.options import file_option, json_option, served_bundle, tweet_file
from emoji_api.cli.output import Column, print_json, print_table, warn
from emoji_api.database.extension import Database
from emoji_api.database.feedback import texts
from emoji_api.drift.compare import Drift, compare
from emoji_api.drift.profile import Profile, from_json, measure, merge
from emoji_api.drift.served import fetch_metrics, profile_from_metrics, served_versions
from emoji_api.errors import DataError
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.valid_texts import apply_to_valid
from emoji_api.progress import TEXTS, stage

COLUMNS = (
    Column("feature", style="bold"),
    Column("rows"),
    Column("reference", secondary=True),
    Column("now", secondary=True),
    Column("psi"),
    Column("critical"),
    Column("ks", secondary=True),
    Column("p", secondary=True),
    Column("verdict", style=lambda verdict: {"drifted": "red", "steady": "green"}.get(verdict, "dim")),
)


@cloup.command(
    cls=Command,
    example="emoji-api drift --metrics http://localhost:5000/metrics",
    exit_codes={
        0: "no drift",
        1: "a feature has drifted; or, with an error message, nothing can be compared",
        2: "the input is not UTF-8, or an option is wrong",
    },
)
@file_option
@click.option("--feedback", is_flag=True, help="Compare the stored feedback texts.")
@click.option("--metrics", metavar="URL", help="Compare what a service has answered: http://HOST/metrics.")
@click.option(
    "--reference-data",
    type=tweet_file,
    help="UTF-8 file of tweets to compare with, one per line. [default: the reference in the bundle]",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, min_open=True),
    default=0.2,
    show_default=True,
    help="Lowest population stability index that counts as drift.",
)
@json_option
@click.option("--model", type=click.Path(), help="Folder of the bundle. [default: the one that the settings serve]")
@click.pass_context
def drift(
    ctx: click.Context,
    file: TextIO | None,
    feedback: bool,
    metrics: str | None,
    reference_data: TextIO | None,
    threshold: float,
    as_json: bool,
    model: str | None,
) -> None:
    """Compare tweets, or what a service has answered, with the texts that the model was validated on.

    A line that cannot be answered, such as a blank one, is skipped; the number of skipped lines is printed on standard
    error.

    A feature has drifted if its population stability index reaches the threshold and exceeds its critical value.
    """
    if (file is not None) + feedback + (metrics is not None) != 1:
        raise click.UsageError("give one of --file, --feedback and --metrics")
    classifier = load_classifier(model or served_bundle())
    if reference_data is not None:
        reference = _profile_file(classifier, reference_data, "--reference-data")
    elif "reference" in classifier.bundle.manifest:
        reference = from_json(classifier.bundle.manifest["reference"])
    else:
        raise DataError(f"{classifier.bundle.path}: the bundle has no reference; give --reference-data")
    if metrics is not None:
        text = fetch_metrics(metrics)
        if others := served_versions(text) - {classifier.bundle.version}:
            raise DataError(
                f"{metrics}: the service serves {', '.join(sorted(others))}, and {classifier.bundle.path} is "
                f"{classifier.bundle.version}: give the service's own bundle with --model"
            )
        current = profile_from_metrics(text, classifier.bundle.tasks)
    elif file is not None:
        current = _profile_file(classifier, file, "--file")
    else:
        current = _profile_texts(classifier, _feedback_texts(), "--feedback")
    drifts = compare(reference, current, threshold)
    if as_json:
        for row in drifts:
            print_json(asdict(row))
    else:
        print_table(COLUMNS, map(_cells, drifts))
    if any(row.verdict == "drifted" for row in drifts):
        ctx.exit(1)


def _profile_file(classifier: Classifier, file: TextIO, option: str) -> Profile:
    return _profile_texts(classifier, read_lines(file, source=option), option, count_lines(file))


def _profile_texts(classifier: Classifier, texts: Iterable[str], option: str, count: int | None = None) -> Profile:
    """Return the profile of `texts`. Those that cannot be answered are skipped and counted on standard error.

    `option` names where the texts are from; `count` is their number, if it is known.
    """
    profile: Profile = {}
    total, skipped, first = 0, 0, ""
    with stage(f"answering {option}", count, TEXTS) as answering:
        for chunk in chunked(texts):
            chunk_profile, reasons = apply_to_valid(lambda valid: measure(classifier, valid), chunk, classifier)
            profile = merge(profile, chunk_profile)
            if reasons and not skipped:
                index, reason = next(iter(reasons.items()))
                first = f"line {total + index + 1}: the text {reason}"
            total += len(chunk)
            skipped += len(reasons)
            answering.advance(len(reasons))
    if skipped:
        warn(f"{option}: skipped {skipped} of {total} lines; the first is {first}")
    return profile


def _feedback_texts() -> Iterator[str]:
    with Database(existing_database_url()).session() as session:
        yield from texts(session)


def _cells(row: Drift) -> list[str]:
    numbers = (row.reference_mean, row.mean, row.psi, row.critical, row.ks, row.p_value)
    return [row.feature, str(row.rows), *map(_format_number, numbers), row.verdict]


def _format_number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
