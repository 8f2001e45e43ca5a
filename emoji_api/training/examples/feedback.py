"""Examples from accepted feedback."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emoji_api.tasks import TASKS, Task
from emoji_api.training.data.readers import Split, clean_train
from emoji_api.training.data.readers.feedback import read_feedback
from emoji_api.training.data.readers.files import file_record
from emoji_api.training.examples.examples import Examples, labelled_examples


def read_trainable_feedback(
    path: str | Path, tasks: Sequence[Task], held_out: Sequence[Split]
) -> tuple[dict[str, Split], dict[str, Any]]:
    """Return the feedback in the file `path` by task, and the file's manifest entry.

    Texts of the splits `held_out` and texts with conflicting labels are left out. Raise DataError if the file is
    invalid.
    """
    feedback = read_feedback(Path(path))
    cleaned = {task.name: clean_train(feedback[task.name], held_out) for task in tasks if task.name in feedback}
    rows = sum(map(len, feedback.values()))
    trained_on = {"learned": {name: len(split) for name, split in cleaned.items()}}
    return cleaned, {f"feedback/{Path(path).name}": {**file_record(Path(path), rows), **trained_on}}


def feedback_examples(feedback: Mapping[str, Split], weight: float) -> list[Examples]:
    """Return the examples of each task's feedback, every row with the weight `weight`."""
    return [
        labelled_examples(split.texts, TASKS[name], split.labels, dict.fromkeys(TASKS[name].labels, weight))
        for name, split in feedback.items()
    ]
