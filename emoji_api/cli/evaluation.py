"""`emoji-api evaluate` and `behave`: the metrics and the behaviour tests of a bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import cloup

from emoji_api.cli.command import Command
from emoji_api.cli.options import (
    behaviour_tests_option,
    document_option,
    engine_option,
    import_training,
    model_option,
    tasks_option,
)
from emoji_api.cli.output import Column, print_json, print_line, print_result, print_table
from emoji_api.inference.classifier import load_classifier, packaged_bundle
from emoji_api.inference.engines import EngineName

METRICS = {
    "accuracy": "accuracy",
    "macro F1": "macro_f1",
    "macro recall": "macro_recall",
    "overlap": "jaccard",
    "cal. error": "expected_calibration_error",
}
"""Heading in the table of metrics -> key of the metric."""
METRIC_COLUMNS = (
    Column("task", style="bold"),
    Column("rows", right=True),
    *(Column(name, right=True) for name in METRICS),
)
BEHAVIOUR_COLUMNS = (
    Column("failed", style=lambda failed: "green" if failed.startswith("0 of ") else "red"),
    Column("behaviour test", wraps=True),
)


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
@document_option
def evaluate(
    data: str, tasks: tuple[str, ...], split: str, model: str | None, out: str | None, engine: EngineName, as_json: bool
) -> None:
    """Measure a bundle on labelled data: accuracy, macro averages and calibration error per task.

    With --json, the metrics of each label and the confusion matrix are printed too.
    """
    result_files = import_training("evaluation.result_files")
    if out:
        result_files.require_evaluation_folder(Path(out))  # first: measuring takes minutes
    classifier = load_classifier(model, engine=engine)
    metrics = import_training("evaluation.evaluate").evaluate_tasks(classifier, data, split, tasks)
    if out:
        result_files.write_evaluation(Path(out), metrics, classifier.bundle.manifest)
        print_result({"out": out}, f"wrote {out}", as_json=as_json)
    elif as_json:
        print_json(metrics, indent=2)
    else:
        print_table(METRIC_COLUMNS, [_metric_cells(task, values) for task, values in metrics.items()])


@cloup.command(
    cls=Command,
    example="emoji-api behave --model instance/models/tweets",
    exit_codes={0: "the tests have run; rows may have failed"},
)
@model_option
@behaviour_tests_option
@click.option("--data", type=click.Path(file_okay=False), help="Folder of the public data, for tests that need them.")
@click.option("--out", type=click.Path(dir_okay=False), help="JSON file to write the counts to as well.")
@document_option
def behave(model: str | None, tests: str, data: str | None, out: str | None, as_json: bool) -> None:
    """Run the behaviour tests on a bundle, and print how many rows of each test fail."""
    behaviour = import_training("gate.behaviour")
    bundle = Path(model or packaged_bundle())
    results = behaviour.run_behaviour_tests(bundle, Path(tests), Path(data) if data else None)
    if out:
        behaviour.write_counts(results, Path(out))
    counts = behaviour.counts(results)
    if as_json:
        print_json(counts)
        return
    rows = [[f"{result.failed} of {result.rows}", test] for test, result in results.items()]
    print_table(BEHAVIOUR_COLUMNS, rows, separator="  ")
    print_line(f"{counts['failed']} of {counts['rows']} fail")


def _metric_cells(task: str, metrics: Mapping[str, Any]) -> list[str]:
    values = [metrics.get(key) for key in METRICS.values()]
    return [task, f"{metrics['rows']}", *("-" if value is None else f"{value:.4f}" for value in values)]
