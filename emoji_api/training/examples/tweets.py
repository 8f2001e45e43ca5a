"""Real tweets of known sentiment or offence, and the emotion targets that are guessed for them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emoji_api.tasks import EMOTION, FINANCE_STANCE, FINANCE_TOPIC, PHRASE, Task
from emoji_api.training.data.readers import Dataset, clean_train, text_key
from emoji_api.training.examples.cues import count_cues
from emoji_api.training.examples.examples import Examples, add_spans, add_target, concatenate, labelled_examples
from emoji_api.training.examples.pseudo_labels import neutral_pseudo_labels, pseudo_label
from emoji_api.training.params import TweetParams

Kind = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Tweets:
    """Examples of other tasks than emotion, and of each row its kind: the data set and label that it came with."""

    examples: Examples
    kinds: list[Kind]

    def __len__(self) -> int:
        return len(self.kinds)

    def sample(self, rng: np.random.Generator, sizes: Mapping[str, int]) -> "Tweets":
        """Of each data set in `sizes` so many rows without repetition, or all that there are.

        A label is drawn by the square root of how many there are of it.
        """
        counts = Counter(self.kinds)
        chosen = [np.array([], dtype=int)]
        for dataset, size in sizes.items():
            rows = np.array([row for row, kind in enumerate(self.kinds) if kind[0] == dataset], dtype=int)
            if not len(rows):  # not of real tweets, or not read
                continue
            chances = np.array([counts[self.kinds[row]] ** -0.5 for row in rows])
            chosen.append(rng.choice(rows, min(size, len(rows)), replace=False, p=chances / chances.sum()))
        rows = np.concatenate(chosen)
        return Tweets(examples=self.examples.take(rows), kinds=[self.kinds[row] for row in rows])


def collect_tweets(datasets: Sequence[Dataset], tasks: Sequence[Task]) -> Tweets:
    """The train splits of `datasets` as one, without conflicting texts, or any that one of them holds out."""
    held_out = [split for dataset in datasets for name, split in dataset.splits.items() if name != "train"]
    parts, kinds = [], []
    for dataset in datasets:
        train = clean_train(dataset.splits["train"], held_out)
        part = labelled_examples(train.texts, dataset.task, train.labels)
        parts.append(add_spans(part, PHRASE, train.spans, train.labels) if train.spans else part)
        kinds += [(dataset.name, dataset.task.labels[label]) for label in train.labels]
    return Tweets(examples=concatenate(parts, tasks), kinds=kinds)


def add_out_of_domain_targets(tweets: Tweets, weight: float) -> Tweets:
    """The same, where tweets that are not of finance teach its heads so: no topic is likely, the stance is neutral."""
    examples = tweets.examples
    if not weight or not {FINANCE_TOPIC.name, FINANCE_STANCE.name} <= examples.targets.keys():
        return tweets
    elsewhere = np.array([not dataset.startswith("finance_") for dataset, _ in tweets.kinds])
    neutral = np.array([label == "neutral" for label in FINANCE_STANCE.labels], np.float32)
    targets, weights = dict(examples.targets), dict(examples.weights)
    for task, target in ((FINANCE_TOPIC, 1 / len(FINANCE_TOPIC.labels)), (FINANCE_STANCE, neutral)):
        targets[task.name] = np.where(elsewhere[:, None], target, targets[task.name]).astype(np.float32)
        weights[task.name] = np.where(elsewhere, weight, weights[task.name]).astype(np.float32)
    return replace(tweets, examples=Examples(texts=examples.texts, targets=targets, weights=weights))


def add_emotion_pseudo_labels(
    tweets: Tweets, probabilities: np.ndarray, params: TweetParams, known: Collection[str] = ()
) -> Examples:
    """The tweets as examples of emotion too: `probabilities` (tweets, emotions) are the network's own.

    A kind for which `params.class_priors` names no emotions is neutral; one that it does not name teaches none, nor does a
    text whose text_key is among those `known`: its emotion need not be guessed.
    """
    cues = count_cues(tweets.examples.texts)
    evidence = np.power(probabilities.clip(1e-6), 1 / params.pseudo_label_temperature) * np.exp(
        params.cue_strength * cues
    )
    targets = np.full(evidence.shape, 1 / evidence.shape[1])
    weights = np.zeros(len(tweets))
    for kind in set(tweets.kinds):
        if not params.expects(kind):
            continue
        expected = params.class_priors[kind[0]][kind[1]]
        rows = np.array([row for row, of_row in enumerate(tweets.kinds) if of_row == kind])
        weights[rows] = params.pseudo_label_weight
        targets[rows] = (
            pseudo_label(evidence[rows], expected)
            if expected
            else neutral_pseudo_labels(evidence[rows], cues[rows].any(axis=1), params.neutral_uniform_share)
        )
    if known:
        weights[[text_key(text) in known for text in tweets.examples.texts]] = 0
    return add_target(tweets.examples, EMOTION, targets, weights)
