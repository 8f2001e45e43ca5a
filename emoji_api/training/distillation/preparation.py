"""From data to lessons: texts become tokens, and labels, readings and guesses become targets."""

import hashlib
import random
from collections.abc import Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer

from emoji_api.tasks import EMOTION, PHRASE, SENTIMENT, Task
from emoji_api.training.data.readers import text_key
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.packing import LENGTH, Texts, pack_token_ids
from emoji_api.training.examples.annotated import annotated_examples
from emoji_api.training.examples.batches import cut, span_targets
from emoji_api.training.examples.examples import Examples, class_weights, concatenate
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.examples.tweets import add_emotion_pseudo_labels, add_out_of_domain_targets
from emoji_api.training.fit import emotion_examples
from emoji_api.training.params import Params

OF_EMOTION = 0.5  # what teachers say of a tweet's emotion weighs less than what they say of its own task


def build_distillation_data(
    data: TrainingData, tokenizer: Tokenizer, params: Params, probabilities: np.ndarray
) -> DistillationData:
    """All that `data` teach; `probabilities` (tweets, emotions) are guesses of the tweets' emotions.

    A tweet whose emotion was read teaches that instead.
    """
    settings = params.distillation
    tweets = distillation_tweet_examples(data, params, probabilities)
    versions = [
        emotion_examples(data.train, params, random.Random(f"{params.seed} {number}"))
        for number in range(settings.augmented_versions)
    ]
    together = concatenate([*tweets, *versions], data.tasks)
    count = sum(map(len, tweets))
    # a rewritten text is in the fold of what it was
    originals = together.texts[:count] + data.train.texts * settings.augmented_versions
    version = np.repeat(
        range(settings.augmented_versions + 1), [count] + [len(data.train)] * settings.augmented_versions
    )
    encodings = tokenizer.encode_batch(together.texts)
    length = min(params.max_length, LENGTH)
    ids = [cut(encoding.ids, length) for encoding in encodings]
    offsets = [cut(encoding.offsets, length) for encoding in encodings]
    tasks = [task for task in data.tasks if task.kind == "classification"]
    labels = labels_of(together, tasks)
    texts = pack_token_ids(ids)
    of_text = targets_of(together, tasks, labels, settings.class_weight_power, version)
    of_token = token_targets(together, offsets, texts, labels_of(together, [SENTIMENT])[:, 0])
    return DistillationData(
        texts=texts,
        targets=Targets(**of_text, **of_token),
        tasks=tasks,
        fold=np.array([fold_of(text, settings.folds) for text in originals]),
        version=version,
        strings=together.texts,
        labels=labels,
        mask=tokenizer.token_to_id("[MASK]"),
    )


def distillation_tweet_examples(data: TrainingData, params: Params, probabilities: np.ndarray) -> list[Examples]:
    """The tweets, those that were read with what was read, and what was read beside them."""
    if not data.tweets:
        return []
    annotated = annotated_examples(data.annotations, params.tweets.annotated_weight)
    place = {text_key(text): row for row, text in enumerate(annotated.texts)}
    read = {text_key(row.text) for row in data.annotations}
    examples = add_emotion_pseudo_labels(
        add_out_of_domain_targets(data.tweets, params.tweets.out_of_domain_weight), probabilities, params.tweets, read
    )
    keys = [text_key(text) for text in examples.texts]
    for row, of_row in enumerate(keys):
        if of_row in place:
            examples.targets[EMOTION.name][row] = annotated.targets[EMOTION.name][place[of_row]]
            examples.weights[EMOTION.name][row] = annotated.weights[EMOTION.name][place[of_row]]
    in_tweets = set(keys)
    beside = np.array([row for of_row, row in place.items() if of_row not in in_tweets], dtype=int)
    return [examples, annotated.take(beside)]


def fold_of(text: str, folds: int) -> int:
    """In which fold a text is, by its hash."""
    return int(hashlib.sha256(text_key(text).encode()).hexdigest(), 16) % folds


def labels_of(examples: Examples, tasks: Sequence[Task]) -> np.ndarray:
    """The label ids (texts, tasks) of what is certain: a whole target that weighs one; -1 elsewhere."""

    def of_task(task: Task) -> np.ndarray:
        target, weight = examples.targets[task.name], examples.weights[task.name]
        return np.where((target.max(axis=1) == 1) & (weight == 1), target.argmax(axis=1), -1)

    missing = np.full(len(examples), -1)
    return np.stack([of_task(task) if task.name in examples.targets else missing for task in tasks], axis=1)


def targets_of(
    examples: Examples, tasks: Sequence[Task], labels: np.ndarray, power: Mapping[str, float], version: np.ndarray
) -> dict[str, np.ndarray]:
    """The targets by text, with a last one of nothing; teachers' answers are the labels until there are teachers."""
    rows, most = len(examples) + 1, max(len(task.labels) for task in tasks)
    known = np.zeros((rows, len(tasks), most), np.float16)
    weight, unlabelled = np.zeros((2, rows, len(tasks)), np.float16)
    for number, task in enumerate(tasks):
        known[:-1, number, : len(task.labels)] = examples.targets[task.name]
        weight[:-1, number] = examples.weights[task.name]
        certain = labels[:, number] >= 0
        if task.name in power:
            of_label = class_weights(task, labels[certain, number].tolist(), power[task.name])
            weight[:-1, number][certain] = np.array(list(of_label.values()))[labels[certain, number]]
        unlabelled[:-1, number] = np.where(version == 0, OF_EMOTION if task == EMOTION else 1, 0)
    return {"known": known, "answered": known, "weight": weight, "unlabelled": unlabelled}


def token_targets(
    examples: Examples, offsets: Sequence[list[tuple[int, int]]], texts: Texts, sentiment: np.ndarray
) -> dict[str, np.ndarray]:
    """The targets by token, with a last one of nothing. `sentiment` (texts,) is -1 where it is not known."""
    size = len(texts.tokens) + 1
    start, end = np.zeros((2, size), np.float16)
    label = np.where(sentiment < 0, PHRASE.labels.index("neutral"), sentiment)
    has_phrase = np.zeros(len(texts), bool)
    if PHRASE.name in examples.targets:
        spans = examples.targets[PHRASE.name]
        for row in np.flatnonzero(examples.weights[PHRASE.name] > 0).tolist():
            one = span_targets([offsets[row]], spans[row : row + 1], len(offsets[row]))
            first, last = (values[0].sum(axis=1) for values in one)
            if first.any() and last.any():
                place = slice(texts.offsets[row], texts.offsets[row + 1])
                start[place], end[place] = first, last
                label[row], has_phrase[row] = int(spans[row, 2]), True

    def by_token(values: np.ndarray, dtype: type) -> np.ndarray:
        return np.append(np.repeat(values, texts.lengths), values.dtype.type(0)).astype(dtype)

    return {
        "ids": np.append(texts.tokens, 0),
        "label": by_token(label, np.int8),
        "start": start,
        "end": end,
        "start_answered": start,
        "end_answered": end,
        "phrase": by_token(has_phrase, np.float16),
        "other_phrase": by_token(~has_phrase & (sentiment >= 0) & (PHRASE.name in examples.targets), np.float16),
    }
