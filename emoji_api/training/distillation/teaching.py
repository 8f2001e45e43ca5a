"""What the teachers answer: for a text that some did not learn from, these."""

from collections.abc import Mapping

import numpy as np

from emoji_api.training.distillation.lessons import Lessons
from emoji_api.training.distillation.losses import Targets
from emoji_api.training.distillation.ngrams import ngram_answers
from emoji_api.training.distillation.packing import Texts
from emoji_api.training.network.forward import softmax

SHARPER = 1.15  # a geometric mean of two answers is blunter than they are: its logarithm is multiplied by this
ROWS = 20_000  # at a time: the answers of all teachers are large


def with_answers(lessons: Lessons, logits: np.ndarray, scores: np.ndarray, left_out: np.ndarray) -> Targets:
    """The targets with the teachers' answers.

    `logits` (teachers, texts, tasks, labels) and `scores` (2, teachers, tokens) are theirs, `left_out` (teachers,) the
    fold that each did not learn from. Where a label is known, only those answer that did not learn it; elsewhere all.
    """
    labelled = lessons.targets.weight[:-1] > 0
    answered = np.zeros_like(lessons.targets.known)
    for at in range(0, len(lessons.texts), ROWS):
        rows = slice(at, min(at + ROWS, len(lessons.texts)))
        by_teacher = softmax(logits[:, rows].astype(np.float32))
        answered[rows] = np.where(
            labelled[rows][..., None], of_fold(by_teacher, lessons.fold[rows], left_out), by_teacher.mean(axis=0)
        )
    of_token = np.repeat(lessons.fold, lessons.texts.lengths)
    has_phrase = lessons.targets.phrase[:-1] > 0
    ends = []
    for of_end in scores:
        by_teacher = np.stack([softmax_by_text(of_teacher, lessons.texts) for of_teacher in of_end])
        chosen = np.where(has_phrase, of_fold(by_teacher, of_token, left_out), by_teacher.mean(axis=0))
        ends.append(np.append(chosen, 0).astype(np.float16))
    return lessons.targets._replace(answered=answered, start_answered=ends[0], end_answered=ends[1])


def of_fold(by_teacher: np.ndarray, fold: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Of each row the mean answer of the teachers (teachers, rows, ...) that left its `fold` (rows,) out, or of all."""
    answers = by_teacher.mean(axis=0)
    for number in np.unique(left_out):
        rows = fold == number
        answers[rows] = by_teacher[left_out == number][:, rows].mean(axis=0)
    return answers


def softmax_by_text(scores: np.ndarray, texts: Texts) -> np.ndarray:
    """Of the `scores` (tokens,), each among those of its text."""
    begins, lengths = texts.offsets[:-1], texts.lengths
    wide = scores.astype(np.float32)
    odds = np.exp(wide - np.repeat(np.maximum.reduceat(wide, begins), lengths))
    shares: np.ndarray = odds / np.repeat(np.add.reduceat(odds, begins), lengths)
    return shares


def with_ngrams(targets: Targets, lessons: Lessons, shares: Mapping[str, float]) -> Targets:
    """The targets, whose answers for tweets are mixed with those of regressions, by task with the share of these."""
    answered = targets.answered.copy()
    tweets = np.flatnonzero(lessons.version == 0)
    strings = [lessons.strings[row] for row in tweets]
    for number, task in enumerate(lessons.tasks):
        if share := shares.get(task.name, 0.0):
            size = len(task.labels)
            found = ngram_answers(strings, lessons.labels[tweets, number], lessons.fold[tweets], size)
            networks = answered[tweets, number, :size].astype(np.float32)
            mixed = (1 - share) * np.log(networks.clip(1e-6)) + share * np.log(found.clip(1e-5))
            answered[tweets, number, :size] = softmax(SHARPER * mixed)
    return targets._replace(answered=answered)
