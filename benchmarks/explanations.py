"""Faithfulness of `explain=true`: does leaving out the top word lower the score more than leaving out another one?

python -m benchmarks.explanations --data DATA

The words are deleted from the text and the rest is classified again, so that the explanation is checked against what a
caller would see.
"""

import random
import time

import click
import numpy as np
from scipy.stats import binomtest

from emoji_api import Classification, Classifier, load_classifier
from emoji_api.errors import InvalidText
from emoji_api.inference.answers import Word
from emoji_api.training.data.sources import find_data_paths, read_split_annotations
from emoji_api.training.params import DataParams


def score_without(classifier: Classifier, text: str, word: Word, answer: Classification) -> float:
    """Return the score of the answer's label for `text` with `word` deleted; 0 if nothing is left."""
    try:
        return classifier.probabilities(text[: word.start] + text[word.end :], [answer.task])[answer.task][
            0, list(answer.scores).index(answer.label)
        ].item()
    except InvalidText:
        return 0.0


def is_faithful(classifier: Classifier, text: str, answer: Classification, rng: random.Random) -> bool | None:
    """Return whether deleting the top word lowers the score more than deleting a random other word.

    `None` for a text of one word.
    """
    words = sorted(answer.words or (), key=lambda word: -word.contribution)
    if len(words) < 2:
        return None
    top, other = (score_without(classifier, text, word, answer) for word in (words[0], rng.choice(words[1:])))
    return top < other


@click.command()
@click.option("--data", required=True, help="Folder of the data sets (tweeteval/, ...).")
@click.option("--tweets", default=500, show_default=True, help="Number of annotated validation tweets.")
@click.option("--task", "tasks", multiple=True, default=("emotion", "sentiment", "hate"), help="Task. Repeatable.")
def main(data: str, tweets: int, tasks: tuple[str, ...]) -> None:
    """Print for each task the share of tweets whose explanation is faithful, and the time of an explanation."""
    classifier, rng = load_classifier(), random.Random(0)
    annotations, _ = read_split_annotations("validation", DataParams(**find_data_paths(data)))
    texts = rng.sample([row.text for row in annotations], tweets)
    for task in tasks:
        started = time.process_time()
        answers = [answer[task] for answer in classifier.analyse(texts, task, explain=True)]
        explaining = time.process_time() - started
        found = [
            is_faithful(classifier, text, answer, rng)
            for text, answer in zip(texts, answers, strict=True)
            if isinstance(answer, Classification)
        ]
        faithful = [value for value in found if value is not None]
        low, high = binomtest(sum(faithful), len(faithful)).proportion_ci(method="wilson")
        rows = np.mean([len(answer.words or ()) for answer in answers if isinstance(answer, Classification)])
        click.echo(
            f"{task}: {sum(faithful) / len(faithful):.3f} ({low:.3f} to {high:.3f}) of {len(faithful)} tweets; "
            f"{rows:.0f} words and {1000 * explaining / tweets:.0f} ms of CPU time a tweet"
        )


if __name__ == "__main__":
    main()
