"""Examples from real tweets: their own labels, out-of-domain negatives for the finance heads, emotion pseudo-labels."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emoji_api.tasks import EMOTION, FINANCE_STANCE, FINANCE_TOPIC, PHRASE, Task
from emoji_api.training.data.readers import Dataset, clean_train, text_key
from emoji_api.training.examples.cues import count_cues
from emoji_api.training.examples.examples import Examples, add_spans, add_target, concatenate, labelled_examples
from emoji_api.training.examples.pseudo_labels import aligned_pseudo_labels, neutral_pseudo_labels
from emoji_api.training.params import TweetParams

Kind = tuple[str, str]
"""A data set and one of its labels."""


@dataclass(frozen=True, kw_only=True)
class Tweets:
    """Examples of real tweets, and the kind of each row: the data set and label that it was published with."""

    examples: Examples
    kinds: list[Kind]

    def __len__(self) -> int:
        return len(self.kinds)

    def sample(self, rng: np.random.Generator, sizes: Mapping[str, int]) -> "Tweets":
        """Return a random sample of `sizes` rows of each data set without replacement, or all rows if there are fewer.

        Each label of a data set is drawn in proportion to the square root of its number of rows.
        """
        counts = Counter(self.kinds)
        sampled = [np.array([], dtype=int)]
        for dataset, size in sizes.items():
            rows = np.array([row for row, kind in enumerate(self.kinds) if kind[0] == dataset], dtype=int)
            if not len(rows):  # the emotion data set, or a data set that was not read
                continue
            weights = np.array([counts[self.kinds[row]] ** -0.5 for row in rows])
            sampled.append(rng.choice(rows, min(size, len(rows)), replace=False, p=weights / weights.sum()))
        rows = np.concatenate(sampled)
        return Tweets(examples=self.examples.take(rows), kinds=[self.kinds[row] for row in rows])


def collect_tweets(datasets: Sequence[Dataset], tasks: Sequence[Task]) -> Tweets:
    """Return the cleaned train splits of `datasets` as one, without the texts that any of the data sets holds out."""
    held_out = [split for dataset in datasets for name, split in dataset.splits.items() if name != "train"]
    parts, kinds = [], []
    for dataset in datasets:
        train = clean_train(dataset.splits["train"], held_out)
        part = labelled_examples(train.texts, dataset.task, train.labels)
        parts.append(add_spans(part, PHRASE, train.spans, train.labels) if train.spans else part)
        kinds += [(dataset.name, dataset.task.labels[label]) for label in train.labels]
    return Tweets(examples=concatenate(parts, tasks), kinds=kinds)


def add_out_of_domain_targets(tweets: Tweets, weight: float) -> Tweets:
    """Return the tweets, where those outside finance are negatives for the finance heads with this weight.

    Their target is the uniform distribution over topics, and a neutral stance. Without a weight or the finance tasks
    the tweets are returned unchanged.
    """
    examples = tweets.examples
    if not weight or not {FINANCE_TOPIC.name, FINANCE_STANCE.name} <= examples.targets.keys():
        return tweets
    out_of_domain = np.array([not dataset.startswith("finance_") for dataset, _ in tweets.kinds])
    neutral = np.array([label == "neutral" for label in FINANCE_STANCE.labels], np.float32)
    targets, weights = dict(examples.targets), dict(examples.weights)
    for task, target in ((FINANCE_TOPIC, 1 / len(FINANCE_TOPIC.labels)), (FINANCE_STANCE, neutral)):
        targets[task.name] = np.where(out_of_domain[:, None], target, targets[task.name]).astype(np.float32)
        weights[task.name] = np.where(out_of_domain, weight, weights[task.name]).astype(np.float32)
    return replace(tweets, examples=Examples(texts=examples.texts, targets=targets, weights=weights))


def add_emotion_pseudo_labels(
    tweets: Tweets, probabilities: np.ndarray, params: TweetParams, annotated_keys: Collection[str] = ()
) -> Examples:
    """Return the tweets' examples with pseudo-labels of emotion as targets.

    `probabilities` (tweets, emotions) are the network's predictions. They are softened by the temperature, tilted by
    the number of cues of each emotion, and aligned with the class prior that `params` has for the tweet's kind. A kind
    with an empty class prior is neutral; a kind without one gets weight zero. So do texts whose `text_key` is in
    `annotated_keys`: they have an annotated emotion.
    """
    cues = count_cues(tweets.examples.texts)
    softened = np.power(probabilities.clip(1e-6), 1 / params.pseudo_label_temperature)
    likelihoods = softened * np.exp(params.cue_strength * cues)
    targets = np.full(likelihoods.shape, 1 / likelihoods.shape[1])
    weights = np.zeros(len(tweets))
    for kind in set(tweets.kinds):
        if not params.expects(kind):
            continue
        class_prior = params.class_priors[kind[0]][kind[1]]
        rows = np.array([row for row, row_kind in enumerate(tweets.kinds) if row_kind == kind])
        weights[rows] = params.pseudo_label_weight
        targets[rows] = (
            aligned_pseudo_labels(likelihoods[rows], class_prior)
            if class_prior
            else neutral_pseudo_labels(likelihoods[rows], cues[rows].any(axis=1), params.neutral_uniform_share)
        )
    if annotated_keys:
        weights[[text_key(text) in annotated_keys for text in tweets.examples.texts]] = 0
    return add_target(tweets.examples, EMOTION, targets, weights)
