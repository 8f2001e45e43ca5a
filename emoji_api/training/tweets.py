"""Real tweets of known sentiment or offence, and the emotion targets that are guessed for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emoji_api.tasks import EMOTION, Task
from emoji_api.training.cues import count_cues
from emoji_api.training.datasets import Dataset, clean_train
from emoji_api.training.examples import Examples, concatenate, labelled, with_target
from emoji_api.training.guesses import guess, neutral_targets
from emoji_api.training.params import TweetParams

Kind = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Tweets:
    """Examples of other tasks than emotion, and of each row its kind: the data set and label that it came with."""

    examples: Examples
    kinds: list[Kind]

    def __len__(self) -> int:
        return len(self.kinds)

    def sample(self, rng: np.random.Generator, size: int) -> "Tweets":
        """`size` rows without repetition, or all. A kind is drawn by the square root of how many there are of it."""
        counts = Counter(self.kinds)
        chances = np.array([counts[kind] ** -0.5 for kind in self.kinds])
        rows = rng.choice(len(self), size=min(size, len(self)), replace=False, p=chances / chances.sum())
        return Tweets(examples=self.examples.take(rows), kinds=[self.kinds[row] for row in rows])


def collect(
    datasets: Sequence[Dataset], tasks: Sequence[Task], expected: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> Tweets:
    """The train splits of `datasets` as one: the kinds that `expected` names, without conflicting or held-out texts."""
    parts, kinds = [], []
    for dataset in datasets:
        train = clean_train(dataset.splits["train"], [dataset.splits["validation"], dataset.splits["test"]])
        named = expected.get(dataset.name, {})
        train = train.where(dataset.task.labels[label] in named for label in train.labels)
        parts.append(labelled(train.texts, dataset.task, train.labels))
        kinds += [(dataset.name, dataset.task.labels[label]) for label in train.labels]
    return Tweets(examples=concatenate(parts, tasks), kinds=kinds)


def with_guesses(tweets: Tweets, probabilities: np.ndarray, params: TweetParams) -> Examples:
    """The tweets as examples of emotion too: `probabilities` (tweets, emotions) are the network's own.

    A kind for which `params.expected` names no emotions is neutral.
    """
    cues = count_cues(tweets.examples.texts)
    evidence = np.power(probabilities.clip(1e-6), 1 / params.temperature) * np.exp(params.cue_strength * cues)
    targets = np.empty((len(tweets), len(EMOTION.labels)))
    for kind in set(tweets.kinds):
        rows = np.array([row for row, of_row in enumerate(tweets.kinds) if of_row == kind])
        expected = params.expected[kind[0]][kind[1]]
        targets[rows] = (
            guess(evidence[rows], expected)
            if expected
            else neutral_targets(evidence[rows], cues[rows].any(axis=1), params.neutral_even)
        )
    return with_target(tweets.examples, EMOTION, targets, np.full(len(tweets), params.weight))
