"""Simulated answers with a known error rate."""

import numpy as np

from emoji_api.tasks import Task
from emoji_api.training.gate.answers import Answers


def simulated_answers(task: Task, error_rate: float, rows: int = 1000, seed: int = 0) -> Answers:
    """Return answers of which the share `error_rate` is wrong, each with its accuracy as confidence."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(len(task.labels), size=rows)
    correct = rng.permutation(rows) >= error_rate * rows
    wrong = (labels + 1) % len(task.labels)
    outcomes = correct.astype(float) if task.kind == "span" else np.where(correct, labels, wrong)
    confidence = np.full(rows, 1 - error_rate - 1e-6)
    return Answers(labels=labels, outcomes=outcomes, correct=correct, confidence=confidence)
