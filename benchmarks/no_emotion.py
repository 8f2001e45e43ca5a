"""Precision and recall of `neutral=true`, and the share of plain statements that still get an emotion.

python -m benchmarks.no_emotion --data DATA

The rule of the bundle was fitted on the annotated validation tweets, so that they are measured twice: with the bundle's
rule, and out of sample, where each fifth of the tweets is answered by a rule that was fitted on the others.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import click
import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from emoji_api import Classifier, load_classifier
from emoji_api.inference.no_emotion import NoEmotionRule
from emoji_api.tasks import EMOTION, NO_EMOTION
from emoji_api.training.calibration.no_emotion import fit_no_emotion
from emoji_api.training.data.readers.finance import read_finance
from emoji_api.training.data.sources import find_data_paths
from emoji_api.training.evaluation.calibration_error import expected_calibration_error
from emoji_api.training.export.no_emotion import read_no_emotion_data
from emoji_api.training.params import DataParams

WRITTEN = Path(__file__).parents[1] / "tests" / "behaviour" / EMOTION.name / "realistic_tweets.tsv"
FOLDS = 5


def share(flags: Iterable[bool]) -> str:
    """Return the share of true values with its 95 % Wilson score interval."""
    values = list(flags)
    low, high = binomtest(sum(values), len(values)).proportion_ci(method="wilson")
    return f"{sum(values) / len(values):.3f} ({low:.3f} to {high:.3f}, {sum(values)} of {len(values)})"


def out_of_fold(probabilities: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of no emotion (rows,), and whether it reaches the threshold, from rules of other rows."""
    probability, found = np.empty(len(without)), np.empty(len(without), bool)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(probabilities, without):
        rule = fit_no_emotion(probabilities[train], without[train], None)
        probability[test] = rule.probability(probabilities[test])
        found[test] = probability[test] >= rule.threshold
    return probability, found


def report(title: str, probability: np.ndarray, found: np.ndarray, without: np.ndarray) -> None:
    """Print the metrics of the rows (rows,) that are found to have no emotion."""
    confidence = np.where(found, probability, 1 - probability)
    click.echo(title)
    click.echo(f"  precision {share(without[found])}")
    click.echo(f"  recall {share(found[without])}")
    click.echo(f"  tweets with an emotion that lose it {share(found[~without])}")
    click.echo(f"  plain statements that get an emotion {share(~found[without])}")
    click.echo(f"  area under the ROC curve {roc_auc_score(without, probability):.3f}")
    click.echo(f"  calibration error of the probability {expected_calibration_error(confidence, found == without):.3f}")


def unanswered(classifier: Classifier, texts: list[str]) -> list[bool]:
    """Return for each text whether it gets an emotion."""
    return [not answer.is_no_emotion for answer in classifier.classify(texts, neutral=True)]


@click.command()
@click.option("--data", required=True, help="Folder of the data sets (tweeteval/, ...).")
def main(data: str) -> None:
    """Print the metrics on the annotated validation tweets, and the shares of plain statements that get an emotion."""
    classifier = load_classifier()
    paths = find_data_paths(data)
    texts, without = read_no_emotion_data(DataParams(**paths))
    probabilities = classifier.probabilities(texts, [EMOTION.name])[EMOTION.name]
    rule: NoEmotionRule | None = classifier.bundle.no_emotion
    if rule is None:
        raise click.ClickException("the bundle has no rule for tweets without an emotion")
    click.echo(f"threshold {rule.threshold:.2f}, {len(texts)} annotated validation tweets")
    probability = rule.probability(probabilities)
    report("with the rule of the bundle, fitted on these tweets:", probability, probability >= rule.threshold, without)
    report(f"out of sample, {FOLDS} folds:", *out_of_fold(probabilities, without), without)
    with WRITTEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    plain = [row["text"] for row in rows if row["label"] == NO_EMOTION]
    other = [row["text"] for row in rows if row["label"] != NO_EMOTION]
    click.echo(f"plain statements written for the tests that get an emotion {share(unanswered(classifier, plain))}")
    click.echo(f"tweets with an emotion written for the tests that keep it {share(unanswered(classifier, other))}")
    if "finance_topic" in paths:
        news = read_finance(Path(paths["finance_topic"]), "finance_topic").splits["validation"].texts
        click.echo(f"financial news, validation, that get an emotion {share(unanswered(classifier, news))}")


if __name__ == "__main__":
    main()
