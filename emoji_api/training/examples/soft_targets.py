"""Soft targets from teacher bundles (Hinton et al., 2015, https://arxiv.org/abs/1503.02531)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emoji_api.errors import DataError
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.progress import TEXTS, stage
from emoji_api.tasks import EMOTION, Task
from emoji_api.training.examples.examples import Examples
from emoji_api.training.examples.tweets import Tweets
from emoji_api.training.params import TeacherParams


def add_soft_targets(tweets: Tweets, tasks: Sequence[Task], params: TeacherParams, *, threads: int) -> Tweets:
    """Return the tweets with the mean probabilities of the bundles `params.bundles` in their targets.

    Where a label is known, the target is `params.soft_target_share` of the mean probabilities and the rest the label.
    Where none is, the target is the mean probabilities, with the weight `params.unlabelled_weight`. Out-of-domain
    targets that `add_out_of_domain_targets` adds later replace these. Spans and emotion get no soft targets; tweets
    have pseudo-labels of emotion.

    Raise BundleError if a bundle is invalid, DataError if a bundle has none of the tasks.
    """
    teachers = [load_classifier(bundle, threads=threads) for bundle in map(Path, params.bundles)]
    examples = tweets.examples
    probabilities_by_task: dict[str, list[np.ndarray]] = {}
    for teacher in teachers:
        names = [task.name for task in tasks if has_soft_targets(task, teacher)]
        if not names:
            raise DataError(
                f"the teacher {teacher.bundle.path} has no task that needs soft targets: drop it from teachers.bundles"
            )
        with stage(f"teacher {teacher.bundle.version}", len(examples), TEXTS):
            predicted = teacher.probabilities(examples.texts, names)
        for name, probabilities in predicted.items():
            probabilities_by_task.setdefault(name, []).append(probabilities)
    targets, weights = dict(examples.targets), dict(examples.weights)
    for name, predictions in probabilities_by_task.items():
        mean = np.mean(predictions, axis=0)
        labelled = weights[name] > 0
        mixed = params.soft_target_share * mean + (1 - params.soft_target_share) * targets[name]
        targets[name] = np.where(labelled[:, None], mixed, mean).astype(np.float32)
        weights[name] = np.where(labelled, weights[name], params.unlabelled_weight).astype(np.float32)
    return replace(tweets, examples=Examples(texts=examples.texts, targets=targets, weights=weights))


def has_soft_targets(task: Task, teacher: Classifier) -> bool:
    """Return whether `teacher` gives soft targets for `task`: a classification that it has, other than emotion."""
    return task.kind == "classification" and task != EMOTION and task.name in teacher.bundle.tasks
