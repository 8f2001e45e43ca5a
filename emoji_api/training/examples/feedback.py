"""Feedback that was accepted, as something to learn from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emoji_api.tasks import TASKS, Task
from emoji_api.training.data.readers import Split, clean_train
from emoji_api.training.data.readers.feedback import read_feedback
from emoji_api.training.data.readers.splits import file_record
from emoji_api.training.examples.examples import Examples, labelled_examples


def read_trainable_feedback(
    path: str | Path, tasks: Sequence[Task], held_out: Sequence[Split]
) -> tuple[dict[str, Split], dict[str, Any]]:
    """By task, the feedback in the file `path` that may be learned from, and what a manifest says of the file.

    Left out is whatever text any of the splits `held_out` has, and one that two labels were given. Raises DataError.
    """
    read = read_feedback(Path(path))
    cleaned = {task.name: clean_train(read[task.name], held_out) for task in tasks if task.name in read}
    rows = sum(map(len, read.values()))
    learned = {"learned": {name: len(split) for name, split in cleaned.items()}}
    return cleaned, {f"feedback/{Path(path).name}": {**file_record(Path(path), rows), **learned}}


def feedback_examples(feedback: Mapping[str, Split], weight: float) -> list[Examples]:
    """The feedback by task as examples of that weight."""
    return [
        labelled_examples(split.texts, TASKS[name], split.labels, dict.fromkeys(TASKS[name].labels, weight))
        for name, split in feedback.items()
    ]
