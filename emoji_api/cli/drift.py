"""`emoji-api drift`: a table of how far what is served has moved, and an exit status for a job that watches it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from emoji_api.errors import DataError, InvalidText
from emoji_api.settings import read_settings

if TYPE_CHECKING:
    from emoji_api.drift.compare import Drift
    from emoji_api.drift.profile import Profile
    from emoji_api.inference.classifier import Classifier

CHUNK = 1024


@click.command()
@click.option("--file", type=click.File(encoding="utf-8-sig"), help="Tweets, one a line; - is standard input.")
@click.option("--feedback", is_flag=True, help="The texts of the feedback that may be kept.")
@click.option("--metrics", metavar="URL", help="What a service has counted: http://HOST/metrics.")
@click.option(
    "--reference-data",
    type=click.File(encoding="utf-8-sig"),
    help="Tweets to compare with, one a line. [default: the bundle's own]",
)
@click.option(
    "--threshold", type=click.FloatRange(0, min_open=True), default=0.2, show_default=True, help="From which index on."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a feature and line.")
@click.option("--model", type=click.Path(), help="The folder of a bundle. [default: what the settings have served]")
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
    """Compares tweets, or what a service has answered, with those that the model was validated on.

    Exits with 1 when a feature has drifted: its population stability index is the threshold or more, and more than
    chance explains. With 1 and a message where nothing can be compared.
    """
    from emoji_api.drift.compare import compare
    from emoji_api.drift.profile import from_json
    from emoji_api.drift.served import counted, fetch, versions
    from emoji_api.inference.classifier import load_classifier

    if (file is not None) + feedback + (metrics is not None) != 1:
        raise click.UsageError("give one of --file, --feedback and --metrics")
    classifier = load_classifier(model or _served())
    if reference_data is not None:
        reference = _profile(classifier, _lines(reference_data))
    elif "reference" in classifier.bundle.manifest:
        reference = from_json(classifier.bundle.manifest["reference"])
    else:
        raise DataError(f"{classifier.bundle.path}: the bundle has no reference; give --reference-data")
    if metrics is not None:
        text = fetch(metrics)
        if others := versions(text) - {classifier.bundle.version}:
            raise DataError(
                f"{metrics}: the service serves {', '.join(sorted(others))}, and {classifier.bundle.path} is "
                f"{classifier.bundle.version}: give the service's own bundle with --model"
            )
        served = counted(text, classifier.bundle.tasks)
    else:
        served = _profile(classifier, _lines(file) if file is not None else _feedback())
    found = compare(reference, served, threshold)
    click.echo("\n".join(json.dumps(asdict(one)) for one in found) if as_json else _table(found))
    if any(one.verdict == "drifted" for one in found):
        ctx.exit(1)


def _served() -> Path | None:
    """The folder of the bundle that a service with these settings serves, `None` for the one that ships."""
    from emoji_api.inference.store import ModelStore

    settings = read_settings()
    if settings.model_path:
        return Path(settings.model_path)
    store = ModelStore(settings.model_store)
    version = store.served()
    return store.path(version) if version else None


def _profile(classifier: "Classifier", texts: Iterable[str]) -> "Profile":
    from emoji_api.drift.profile import add, measure

    profile: Profile = {}
    texts, first = iter(texts), 1
    while chunk := list(islice(texts, CHUNK)):
        try:
            profile = add(profile, measure(classifier, chunk))
        except InvalidText as error:
            raise click.UsageError(f"line {first + (error.index or 0)}: the text {error.reason}") from error
        first += len(chunk)
    return profile


def _lines(file: TextIO) -> Iterator[str]:
    try:
        for line in file:
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the file is not UTF-8: {error.reason}") from error


def _feedback() -> Iterator[str]:
    from emoji_api.database.extension import Database
    from emoji_api.database.feedback import texts

    with Database(read_settings().database_url).session() as session:
        yield from texts(session)


def _table(found: "list[Drift]") -> str:
    head = ("feature", "rows", "reference", "now", "psi", "by chance", "ks", "p", "verdict")
    rows = [head] + [
        (
            one.feature,
            str(one.rows),
            _number(one.reference_mean),
            _number(one.mean),
            _number(one.psi),
            _number(one.chance),
            _number(one.ks),
            _number(one.p_value),
            one.verdict,
        )
        for one in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
