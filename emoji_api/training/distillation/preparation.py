"""Preparation of the training data: texts become token ids; labels, annotations and pseudo-labels become targets."""

import hashlib
import random
from collections.abc import Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT, Task
from emoji_api.training.data.readers import text_key
from emoji_api.training.distillation.data import DistillationData, Targets
from emoji_api.training.distillation.packing import LENGTH, TokenizedTexts, concatenate_token_ids
from emoji_api.training.examples.annotated import annotated_examples
from emoji_api.training.examples.batches import Offsets, encode_truncated, span_targets
from emoji_api.training.examples.examples import Examples, class_weights, concatenate
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.examples.tweets import add_emotion_pseudo_labels, add_out_of_domain_targets
from emoji_api.training.fit import emotion_examples
from emoji_api.training.params import Params

# the relative weight of the teachers' predictions of emotion for tweets, which lie outside of the emotion set's domain
UNLABELLED_EMOTION_WEIGHT = 0.5


def build_distillation_data(
    data: TrainingData, tokenizer: Tokenizer, params: Params, probabilities: np.ndarray
) -> DistillationData:
    """Return all training texts with their targets; the soft targets equal the hard ones until teachers are trained.

    `probabilities` (tweets, emotions) are the basis of the tweets' emotion pseudo-labels; annotated tweets have their
    annotation instead. Each text of the emotion set comes in several augmented versions.
    """
    versions = params.distillation.augmented_versions
    tweets = distillation_tweet_examples(data, params, probabilities)
    augmented = [
        emotion_examples(data.train, params, random.Random(f"{params.seed} {number}")) for number in range(versions)
    ]
    examples = concatenate([*tweets, *augmented], data.tasks)
    tweet_count = sum(map(len, tweets))
    # an augmented text is in the fold of its original
    originals = examples.texts[:tweet_count] + data.train.texts * versions
    version = np.repeat(range(versions + 1), [tweet_count] + [len(data.train)] * versions)
    encodings = encode_truncated(tokenizer, examples.texts, min(params.max_length, LENGTH))
    tokenized = concatenate_token_ids([encoding.ids for encoding in encodings])
    tasks = [task for task in data.tasks if task.kind == "classification"]
    labels = certain_labels(examples, tasks)
    by_text = text_targets(examples, tasks, labels, params.distillation.class_weight_power, version)
    sentiment = certain_labels(examples, [SENTIMENT])[:, 0]
    by_token = token_targets(examples, [encoding.offsets for encoding in encodings], tokenized, sentiment)
    return DistillationData(
        texts=examples.texts,
        tokenized=tokenized,
        targets=Targets(**by_text, **by_token),
        tasks=tasks,
        fold=np.array([fold_of(text, params.distillation.folds) for text in originals]),
        version=version,
        labels=labels,
        mask_token_id=tokenizer.token_to_id("[MASK]"),
    )


def distillation_tweet_examples(data: TrainingData, params: Params, probabilities: np.ndarray) -> list[Examples]:
    """Return the tweets with annotated or pseudo-labelled emotions, and the annotated texts that no data set has.

    `probabilities` (tweets, emotions) are the basis of the pseudo-labels. The list is empty without tweets.
    """
    if not data.tweets:
        return []
    annotated = annotated_examples(data.annotations, params.tweets.annotated_weight)
    annotated_row = {text_key(text): row for row, text in enumerate(annotated.texts)}
    annotated_keys = {text_key(annotation.text) for annotation in data.annotations}
    tweets = add_out_of_domain_targets(data.tweets, params.tweets.out_of_domain_weight)
    examples = add_emotion_pseudo_labels(tweets, probabilities, params.tweets, annotated_keys)
    keys = [text_key(text) for text in examples.texts]
    for row, key in enumerate(keys):
        if key in annotated_row:
            examples.targets[EMOTION.name][row] = annotated.targets[EMOTION.name][annotated_row[key]]
            examples.weights[EMOTION.name][row] = annotated.weights[EMOTION.name][annotated_row[key]]
    tweet_keys = set(keys)
    other_rows = np.array([row for key, row in annotated_row.items() if key not in tweet_keys], dtype=int)
    return [examples, annotated.take(other_rows)]


def fold_of(text: str, folds: int) -> int:
    """Return the fold of a text, from 0 to `folds` - 1, by the hash of its `text_key`."""
    return int(hashlib.sha256(text_key(text).encode()).hexdigest(), 16) % folds


def certain_labels(examples: Examples, tasks: Sequence[Task]) -> np.ndarray:
    """Return label ids (texts, tasks) of one-hot targets of weight 1, and -1 elsewhere."""

    def by_task(task: Task) -> np.ndarray:
        target, weight = examples.targets[task.name], examples.weights[task.name]
        return np.where((target.max(axis=1) == 1) & (weight == 1), target.argmax(axis=1), -1)

    unknown = np.full(len(examples), -1)
    return np.stack([by_task(task) if task.name in examples.targets else unknown for task in tasks], axis=1)


def text_targets(
    examples: Examples,
    tasks: Sequence[Task],
    labels: np.ndarray,
    class_weight_power: Mapping[str, float],
    version: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return the fields of `Targets` by text, with a last row of padding.

    `labels` (texts, tasks) are those of `certain_labels`, and `version` (texts,) is that of `DistillationData`.
    """
    rows, max_labels = len(examples) + 1, max(len(task.labels) for task in tasks)
    hard = np.zeros((rows, len(tasks), max_labels), np.float16)
    weight, unlabelled_weight = np.zeros((2, rows, len(tasks)), np.float16)
    for number, task in enumerate(tasks):
        hard[:-1, number, : len(task.labels)] = examples.targets[task.name]
        weight[:-1, number] = examples.weights[task.name]
        is_certain = labels[:, number] >= 0
        if task.name in class_weight_power:
            certain = labels[is_certain, number]
            by_label = class_weights(task, certain.tolist(), class_weight_power[task.name])
            weight[:-1, number][is_certain] = np.array(list(by_label.values()))[certain]
        tweet_weight = UNLABELLED_EMOTION_WEIGHT if task == EMOTION else 1
        unlabelled_weight[:-1, number] = np.where(version == 0, tweet_weight, 0)
    return {"hard": hard, "soft": hard, "weight": weight, "unlabelled_weight": unlabelled_weight}


def token_targets(
    examples: Examples, offsets: Sequence[Offsets], texts: TokenizedTexts, sentiment: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the fields of `Targets` by token, with a last token of padding.

    `sentiment` (texts,) is -1 if unknown.
    """
    start, end = np.zeros((2, len(texts.tokens) + 1), np.float16)
    label = np.where(sentiment < 0, PHRASE.labels.index("neutral"), sentiment)
    has_phrase = np.zeros(len(texts), bool)
    if PHRASE.name in examples.targets:
        spans = examples.targets[PHRASE.name]
        for row in np.flatnonzero(examples.weights[PHRASE.name] > 0).tolist():
            start_and_end = span_targets([offsets[row]], spans[row : row + 1], len(offsets[row]))
            first, last = (one_hot[0].sum(axis=1) for one_hot in start_and_end)
            if first.any() and last.any():
                place = slice(texts.offsets[row], texts.offsets[row + 1])
                start[place], end[place] = first, last
                label[row], has_phrase[row] = int(spans[row, 2]), True
    soft_only = ~has_phrase & (sentiment >= 0) & (PHRASE.name in examples.targets)

    def by_token(values: np.ndarray, dtype: type) -> np.ndarray:
        return np.append(np.repeat(values, texts.lengths), values.dtype.type(0)).astype(dtype)

    return {
        "token_ids": np.append(texts.tokens, 0),
        "sentiment": by_token(label, np.int8),
        "hard_start": start,
        "hard_end": end,
        "soft_start": start,
        "soft_end": end,
        "phrase_weight": by_token(has_phrase, np.float16),
        "soft_phrase_weight": by_token(soft_only, np.float16),
    }
