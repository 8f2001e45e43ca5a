"""Training examples: texts with a target and a weight for one or more tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emoji_api.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Texts with `targets` and `weights` by task name.

    The targets of a classification are distributions (texts, labels). Those of a span are (texts, 3): the first
    character, the last character + 1, and the label id. Weights are (texts,); a text with weight zero does not count in
    the loss of that task.
    """

    texts: list[str]
    targets: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: np.ndarray) -> "Examples":
        """Return the examples at the indices `rows`."""
        return Examples(
            texts=[self.texts[row] for row in rows],
            targets={name: values[rows] for name, values in self.targets.items()},
            weights={name: values[rows] for name, values in self.weights.items()},
        )


def labelled_examples(
    texts: Sequence[str],
    task: Task,
    labels: Sequence[int],
    weights: Mapping[str, float] | None = None,
    smoothing: float = 0.0,
) -> Examples:
    """Return examples of one task with known labels. `weights` are by label name, 1 for a label that is not in them.

    `smoothing` is the share of the uniform distribution in the targets: label smoothing (Szegedy et al.,
    https://arxiv.org/abs/1512.00567).
    """
    size = len(task.labels)
    label_targets = np.eye(size, dtype=np.float32) * (1 - smoothing) + smoothing / size
    label_weights = np.array([(weights or {}).get(label, 1.0) for label in task.labels], np.float32)
    ids = np.array(labels, dtype=int)
    return Examples(
        texts=list(texts),
        targets={task.name: label_targets[ids]},
        weights={task.name: label_weights[ids]},
    )


def add_target(examples: Examples, task: Task, targets: np.ndarray, weights: np.ndarray) -> Examples:
    """Return the examples with targets and weights of `task` added or replaced."""
    return Examples(
        texts=examples.texts,
        targets=examples.targets | {task.name: targets.astype(np.float32)},
        weights=examples.weights | {task.name: weights.astype(np.float32)},
    )


def add_spans(examples: Examples, task: Task, spans: Sequence[tuple[int, int]], labels: Sequence[int]) -> Examples:
    """Return the examples with the span of each text, and the label id it belongs to, as targets of `task`."""
    targets = np.array([(*span, label) for span, label in zip(spans, labels, strict=True)], np.float32)
    return add_target(examples, task, targets.reshape(-1, 3), np.ones(len(examples)))


def concatenate(parts: Sequence[Examples], tasks: Sequence[Task]) -> Examples:
    """Return all parts as one, with targets of `tasks`; a part without a task has weight zero for it."""
    texts = [text for part in parts for text in part.texts]
    targets, weights = {}, {}
    for task in tasks:
        size = len(task.labels)
        unknown = np.zeros((1, 3)) if task.kind == "span" else np.full((1, size), 1 / size)
        targets[task.name] = np.concatenate(
            [part.targets.get(task.name, np.repeat(unknown, len(part), axis=0)) for part in parts], dtype=np.float32
        )
        weights[task.name] = np.concatenate(
            [part.weights.get(task.name, np.zeros(len(part), np.float32)) for part in parts]
        )
    return Examples(texts=texts, targets=targets, weights=weights)


def class_weights(task: Task, labels: Sequence[int], power: float) -> dict[str, float]:
    """Return the class weights (1 / frequency) ** `power` by label name, scaled to a mean of 1 over the rows.

    Power 0 weights all rows equally, power 1 all classes.
    """
    counts = np.bincount(np.array(labels, dtype=int), minlength=len(task.labels))
    raw = (1 / counts.clip(1)) ** power
    return dict(zip(task.labels, (raw * counts.sum() / (raw * counts).sum().clip(1)).tolist(), strict=True))
