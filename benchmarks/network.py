"""Time of one forward pass for all tasks, compared with that for the emotion alone.

python -m benchmarks.network [--runs 400]
"""

import time
from statistics import median

import click
import numpy as np

from emoji_api import Classifier, load_classifier
from emoji_api.tasks import EMOTION

LENGTHS = (12, 20, 32)
"""Text lengths in tokens."""


def forward_seconds(classifier: Classifier, outputs: list[str], input_ids: np.ndarray) -> float:
    """Return the time of one forward pass that computes `outputs`."""
    started = time.perf_counter()
    classifier.engine.run(outputs, input_ids, np.ones_like(input_ids))
    return time.perf_counter() - started


@click.command()
@click.option("--runs", default=400, show_default=True, help="Number of runs per length and set of tasks.")
def main(runs: int) -> None:
    """Print the median times and their ratio for texts of several lengths."""
    classifier, rng = load_classifier(), np.random.default_rng(0)
    all_outputs = [name for task in classifier.bundle.tasks.values() for name in task.outputs]
    for length in LENGTHS:
        input_ids = rng.integers(1000, classifier.tokenizer.vocabulary_size, (1, length), dtype=np.int32)
        emotion_times: list[float] = []
        all_times: list[float] = []
        for run in range(2 * runs):
            if run % 4 in (1, 2):  # the order changes from pair to pair, so that neither always runs first
                all_times.append(forward_seconds(classifier, all_outputs, input_ids))
            else:
                emotion_times.append(forward_seconds(classifier, [EMOTION.name], input_ids))
        # the first tenth is warm-up
        emotion_ms, all_ms = (1000 * median(times[runs // 10 :]) for times in (emotion_times, all_times))
        click.echo(
            f"{length} tokens: emotion {emotion_ms:.2f} ms, all {len(classifier.bundle.tasks)} tasks {all_ms:.2f} ms, "
            f"ratio {all_ms / emotion_ms:.2f}"
        )


if __name__ == "__main__":
    main()
