"""The network's time for all that can be asked of a tweet, beside that for the emotion alone: one pass, side by side.

python -m benchmarks.network [--runs 400]
"""

import time
from statistics import median

import click
import numpy as np

from emoji_api import Classifier, load_classifier
from emoji_api.tasks import EMOTION

LENGTHS = (12, 20, 32)


def seconds(classifier: Classifier, outputs: list[str], input_ids: np.ndarray) -> float:
    """Of one run of the network for `outputs`."""
    started = time.perf_counter()
    classifier.engine.run(outputs, input_ids, np.ones_like(input_ids))
    return time.perf_counter() - started


@click.command()
@click.option("--runs", default=400, show_default=True, help="Of each, in turn.")
def main(runs: int) -> None:
    """Print the medians for texts of several lengths, in tokens."""
    classifier, rng = load_classifier(), np.random.default_rng(0)
    everything = [name for task in classifier.bundle.tasks.values() for name in task.outputs]
    for length in LENGTHS:
        ids = rng.integers(1000, classifier.tokenizer.vocabulary_size, (1, length), dtype=np.int32)
        times: dict[bool, list[float]] = {True: [], False: []}
        for run in range(2 * runs):  # two by two the other way round: neither always comes first
            whole = run % 4 in (1, 2)
            times[whole].append(seconds(classifier, everything if whole else [EMOTION.name], ids))
        alone, together = (1000 * median(times[whole][runs // 10 :]) for whole in (False, True))
        click.echo(
            f"{length} tokens: emotion {alone:.2f} ms, all {len(classifier.bundle.tasks)} tasks {together:.2f} ms, "
            f"ratio {together / alone:.2f}"
        )


if __name__ == "__main__":
    main()
