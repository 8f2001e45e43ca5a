"""What the command line needs of the training package, in one import."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emoji_api.inference.classifier import Classifier
from emoji_api.training.data import by_task, found_in, read_others, sets_in, taught
from emoji_api.training.datasets import read_emotion
from emoji_api.training.evaluate import evaluate
from emoji_api.training.params import DataParams, Params, read_params
from emoji_api.training.results import refuse_others, write_evaluation
from emoji_api.training.train import export_again, train

__all__ = ["chosen_params", "evaluate_tasks", "export_again", "refuse_others", "train", "write_evaluation"]


def chosen_params(
    path: str | Path,
    data: str | Path | None,
    encoder: str | None,
    start: str | Path | None = None,
    teachers: Sequence[str | Path] = (),
) -> Params:
    """The parameters in the file `path`; with `data`, each data set that is in that folder under its own name.

    `start` is the folder of a bundle to start from, `teachers` are those of bundles to learn from. Raises DataError,
    also where `data` has no data set.
    """
    params = read_params(path).with_sources(encoder, **(sets_in(data) if data else {}))
    if teachers:
        params = replace(params, teachers=replace(params.teachers, bundles=[str(teacher) for teacher in teachers]))
    return replace(params, start=str(start)) if start else params


def evaluate_tasks(classifier: Classifier, data: str, split: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """Metrics by task, of the tasks `names` or of all that both the bundle and the data have, on `split`.

    `data` is a folder with `emotion/`, `tweeteval/` and so on, or the emotion set alone: its folder or its hub name.
    Raises DataError and UnknownTask.
    """
    found = found_in(data)
    emotion = [] if found and "emotion" not in found else [read_emotion(found.get("emotion", data))]
    measured_by = by_task([*emotion, *read_others(DataParams(**({"emotion": data} | found)))])
    tasks = [task for task in taught(measured_by, names) if names or task.name in classifier.bundle.tasks]
    for task in tasks:
        classifier.task(task.name)
    return {task.name: evaluate(classifier, task, measured_by[task.name].splits[split]) for task in tasks}
