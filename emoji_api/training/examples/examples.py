"""What the network learns from: texts, each with a target and a weight for one task or several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emoji_api.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Examples:
    """`texts` with, by task name, `targets` and `weights` (texts,).

    The targets of a classification are (texts, labels), rows that sum to one; those of a span are (texts, 3): its first
    character, its last plus one, and its label's id. A weight of zero says that the text teaches nothing of that task.
    """

    texts: list[str]
    targets: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: np.ndarray) -> "Examples":
        """The examples at `rows`."""
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
    """Examples of one task with known labels; `weights` by label name, 1 unless given.

    `smoothing` is the share of an even spread in the targets (Szegedy et al., https://arxiv.org/abs/1512.00567).
    """
    size = len(task.labels)
    of_label = np.eye(size, dtype=np.float32) * (1 - smoothing) + smoothing / size
    weight_of = np.array([(weights or {}).get(label, 1.0) for label in task.labels], np.float32)
    ids = np.array(labels, dtype=int)
    return Examples(
        texts=list(texts),
        targets={task.name: of_label[ids]},
        weights={task.name: weight_of[ids]},
    )


def add_target(examples: Examples, task: Task, targets: np.ndarray, weights: np.ndarray) -> Examples:
    """The same texts, teaching `task` too."""
    return Examples(
        texts=examples.texts,
        targets=examples.targets | {task.name: targets.astype(np.float32)},
        weights=examples.weights | {task.name: weights.astype(np.float32)},
    )


def add_spans(examples: Examples, task: Task, spans: Sequence[tuple[int, int]], labels: Sequence[int]) -> Examples:
    """The same texts, teaching where in each the words of its label are."""
    targets = np.array([(*span, label) for span, label in zip(spans, labels, strict=True)], np.float32)
    return add_target(examples, task, targets.reshape(-1, 3), np.ones(len(examples)))


def concatenate(parts: Sequence[Examples], tasks: Sequence[Task]) -> Examples:
    """All parts as one; a task that a part does not teach has weight zero in its rows."""
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
    """Weights (1 / frequency) ** `power`, their mean over the rows 1. Power 0 leaves the classes as they are."""
    counts = np.bincount(np.array(labels, dtype=int), minlength=len(task.labels))
    raw = (1 / counts.clip(1)) ** power
    return dict(zip(task.labels, (raw * counts.sum() / (raw * counts).sum().clip(1)).tolist(), strict=True))
