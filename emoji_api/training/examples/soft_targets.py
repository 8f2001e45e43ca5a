"""Trained bundles that teach: what they answer for a tweet is learned beside its label."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emoji_api.errors import DataError
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.tasks import EMOTION, Task
from emoji_api.training.examples.examples import Examples
from emoji_api.training.examples.tweets import Tweets
from emoji_api.training.params import TeacherParams


def add_soft_targets(tweets: Tweets, tasks: Sequence[Task], params: TeacherParams, *, threads: int) -> Tweets:
    """The tweets, each of which teaches every task that a bundle of `params.bundles` answers.

    Where its label is known, `params.soft_target_share` of the target is the teachers' mean probability; where it is not, all of
    it, and the weight is `params.unlabelled_weight` (Hinton et al., 2015, https://arxiv.org/abs/1503.02531); `with_elsewhere`
    has the last word about what is not of finance. Emotion is left out, since tweets teach that by guesses that fit
    their labels, and so are spans. Raises BundleError, and DataError for a bundle that teaches none of the tasks.
    """
    teachers = [load_classifier(bundle, threads=threads) for bundle in map(Path, params.bundles)]
    examples = tweets.examples
    answers: dict[str, list[np.ndarray]] = {}
    for teacher in teachers:
        taught = [task.name for task in tasks if is_taught(task, teacher)]
        if not taught:
            raise DataError(f"the teacher {teacher.bundle.path} answers none of the tasks that it could teach")
        for name, probabilities in teacher.probabilities(examples.texts, taught).items():
            answers.setdefault(name, []).append(probabilities)
    targets, weights = dict(examples.targets), dict(examples.weights)
    for name, of_teachers in answers.items():
        answer = np.mean(of_teachers, axis=0)
        known = weights[name] > 0
        mixed = params.soft_target_share * answer + (1 - params.soft_target_share) * targets[name]
        targets[name] = np.where(known[:, None], mixed, answer).astype(np.float32)
        weights[name] = np.where(known, weights[name], params.unlabelled_weight).astype(np.float32)
    return replace(tweets, examples=Examples(texts=examples.texts, targets=targets, weights=weights))


def is_taught(task: Task, teacher: Classifier) -> bool:
    """Whether that bundle teaches `task`."""
    return task.kind == "classification" and task != EMOTION and task.name in teacher.bundle.tasks
