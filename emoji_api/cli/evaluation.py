"""`emoji-api evaluate` and `behave`: the metrics and the behaviour tests of a bundle."""

import json
from pathlib import Path

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.options import (
    behaviour_tests_option,
    engine_option,
    import_training,
    model_option,
    tasks_option,
)
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.inference.engines import EngineName


@cloup.command(cls=Command, example="emoji-api evaluate --data data --task emotion --split test")
@click.option(
    "--data",
    required=True,
    help="Folder of the data sets (emotion/, tweeteval/, ...), or hub name of the emotion set.",
)
@tasks_option(default="all")
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    default="validation",
    show_default=True,
    help="Split to measure on.",
)
@model_option
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Folder for the result files (metrics/, confusion/, epochs/), instead of printing.",
)
@engine_option
def evaluate(
    data: str, tasks: tuple[str, ...], split: str, model: str | None, out: str | None, engine: EngineName
) -> None:
    """Measure a bundle on labelled data: accuracy, macro averages, calibration error and confusion matrix per task."""
    result_files = import_training("evaluation.result_files")
    if out:
        result_files.require_evaluation_folder(Path(out))  # first: measuring takes minutes
    classifier = load_classifier(model, engine=engine)
    metrics = import_training("evaluation.evaluate").evaluate_tasks(classifier, data, split, tasks)
    if out:
        result_files.write_evaluation(Path(out), metrics, classifier.bundle.manifest)
        click.echo(f"wrote {out}")
    else:
        click.echo(json.dumps(metrics, indent=2, ensure_ascii=False))


@cloup.command(
    cls=Command,
    example="emoji-api behave --model instance/models/tweets",
    exit_codes={0: "the tests have run; rows may have failed"},
)
@model_option
@behaviour_tests_option
@click.option("--data", type=click.Path(file_okay=False), help="Folder of the public data, for tests that need them.")
@click.option("--out", type=click.Path(dir_okay=False), help="JSON file to write the counts to as well.")
def behave(model: str | None, tests: str, data: str | None, out: str | None) -> None:
    """Run the behaviour tests on a bundle, and print how many rows of each test fail."""
    behaviour = import_training("gate.behaviour")
    bundle = Path(model or packaged_bundle())
    results = behaviour.run_behaviour_tests(bundle, Path(tests), Path(data) if data else None)
    if out:
        behaviour.write_counts(results, Path(out))
    for test, result in results.items():
        click.echo(f"{result.failed} of {result.rows}  {test}")
    failed = sum(result.failed for result in results.values())
    rows = sum(result.rows for result in results.values())
    click.echo(f"{failed} of {rows} fail")
