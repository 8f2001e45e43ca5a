"""The most typical and the most surprising posts of a day, by the classifier's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoji_api.watch.day import DayPosts

POSTS = 3
"""Number of posts of each kind."""


@dataclass(frozen=True, kw_only=True)
class ScoreSums:
    """Sum of the score vectors of a day's `posts`, (scores,). `sizes` are the numbers of labels of the tasks."""

    posts: int
    sums: np.ndarray
    sizes: tuple[int, ...]


def score_sums(day: DayPosts) -> ScoreSums:
    """Return the sum of the score vectors of a day, for the days after it."""
    _, scores = _score_vectors(day)
    sizes = tuple(len(task.labels) for task in day.tasks.values())
    return ScoreSums(posts=len(scores), sums=scores.sum(axis=0), sizes=sizes)


def typical_posts(day: DayPosts, number: int = POSTS) -> list[int]:
    """Return the row ids of the posts whose score vectors are nearest to the day's mean, the nearest first.

    A score vector has the calibrated probabilities of all measured tasks. Posts of equal distance are in the order of
    their ids; of posts with equal vectors, such as copies, only the first is returned.
    """
    ids, scores = _score_vectors(day)
    if not len(ids):
        return []
    return _lowest(np.square(scores - scores.mean(axis=0)).sum(axis=1), ids, scores, number)


def surprising_posts(day: DayPosts, background: Sequence[ScoreSums], number: int = POSTS) -> list[int]:
    """Return the row ids of the posts that are least likely under the answers of the `background` days.

    The surprise is the sum over tasks of the cross-entropy between a post's probabilities and the mean probabilities of
    the background. One post of uniform probabilities is added to the background: no label is impossible. Ties are
    broken as in `typical_posts`. Nothing is surprising without a background.
    """
    posts = sum(sums.posts for sums in background)
    ids, scores = _score_vectors(day)
    if not posts or not len(ids):
        return []
    uniform = np.concatenate([np.full(size, 1 / size) for size in background[0].sizes])
    expected = (sum(sums.sums for sums in background) + uniform) / (posts + 1)
    return _lowest(scores @ np.log(expected), ids, scores, number)


def _score_vectors(day: DayPosts) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids, (posts,), and the scores of all tasks, (posts, scores), of the posts with all answers."""
    if not day.tasks:
        return np.zeros(0, np.int64), np.zeros((0, 0))
    scores = np.concatenate([day.scores(name) for name in day.tasks], axis=1)
    complete = ~np.isnan(scores).any(axis=1)
    return np.array(day.ids, np.int64)[complete], scores[complete]


def _lowest(values: np.ndarray, ids: np.ndarray, scores: np.ndarray, number: int) -> list[int]:
    # rounded: the last bits of a sum depend on the processor
    order = np.lexsort((ids, values.round(9)))
    chosen: dict[bytes, int] = {}
    for position in order:
        chosen.setdefault(scores[position].tobytes(), int(ids[position]))
        if len(chosen) == number:
            break
    return list(chosen.values())
