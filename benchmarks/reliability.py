"""Write the bins of the reliability diagrams of the shipped bundle, which `/model` shows.

python -m benchmarks.reliability --data DATA

The bins are those of the validation splits, on which the calibration was fitted; no test split is read. A bundle that
was trained later has them among the metrics of its `bundle.json`.
"""

import json

import click

from emoji_api import load_classifier
from emoji_api.files import write_atomically
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.shipped_model import RELIABILITY
from emoji_api.training.evaluation.evaluate import evaluate_tasks

SPLIT = "validation"


@click.command()
@click.option("--data", required=True, help="Folder of the data sets (emotion/, tweeteval/, ...).")
def main(data: str) -> None:
    """Evaluate the shipped bundle on the validation splits, and write the bins of each task."""
    classifier = load_classifier()
    metrics = evaluate_tasks(classifier, data, SPLIT)
    bins = {task: {SPLIT: {"reliability": values["reliability"]}} for task, values in metrics.items()}
    path = packaged_bundle().parent / RELIABILITY
    write_atomically(path, json.dumps({"version": classifier.bundle.version, "metrics": bins}) + "\n")
    click.echo(f"{path}: {', '.join(bins)}")


if __name__ == "__main__":
    main()
