"""The posts of one day, reduced to what the statistics need."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emoji_api.tasks import EMOTION, HATE, OFFENSIVE, PHRASE, SENTIMENT, Task
from emoji_api.watch.language import ENGLISH, NO_LANGUAGE

MEASURED = (SENTIMENT.name, EMOTION.name, OFFENSIVE.name, HATE.name)
"""Tasks whose answers are part of the statistics."""
NO_LABEL = -1
"""Label id of a post without an answer to a task."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectedPhrase:
    """The phrase that carries a post's sentiment. `post` is the post's row id."""

    post: int
    text: str
    sentiment: str


class DayPosts:
    """The posts of one day: counts, and arrays of the classified posts' labels and scores.

    A post takes some hundred bytes, its answers as a dictionary take ten thousand. `tasks` are those of the bundle.

    Attributes:
        posts: number of posts.
        other_languages: number of unclassified posts by language, English and unknown languages excepted.
        unreadable: number of posts without words, which the classifier cannot read.
        model_versions: number of classified posts by model version.
        ids: row ids of the classified posts.
        phrases: phrases of the classified posts.
        tasks: measured tasks of the bundle, by name.
    """

    def __init__(self, tasks: Mapping[str, Task]):
        self.tasks = {name: tasks[name] for name in MEASURED if name in tasks}
        self.posts = 0
        self.other_languages: Counter[str] = Counter()
        self.unreadable = 0
        self.model_versions: Counter[str] = Counter()
        self.ids: list[int] = []
        self.phrases: list[SelectedPhrase] = []
        self._labels = {name: array("b") for name in self.tasks}
        self._scores = {name: array("f") for name in self.tasks}

    def add(
        self, post: int, *, language: str | None, model_version: str | None, answers: Mapping[str, Any] | None
    ) -> None:
        """Add the post with the row id `post`. `answers` are those of `WatchedPost`, `None` if it is not classified."""
        self.posts += 1
        if not answers:
            if language == NO_LANGUAGE:
                self.unreadable += 1
            elif language and language.lower().split("-")[0] != ENGLISH:
                self.other_languages[language] += 1
            return
        self.ids.append(post)
        self.model_versions[model_version or "unknown"] += 1
        for name, task in self.tasks.items():
            self._add_answer(name, task, answers.get(name))
        if phrase := answers.get(PHRASE.name):
            self.phrases.append(SelectedPhrase(post=post, text=phrase["selected_text"], sentiment=phrase["sentiment"]))

    def labels(self, task: str) -> np.ndarray:
        """Return the label ids of the classified posts, (posts,); `NO_LABEL` for a post without an answer."""
        return np.array(self._labels[task], np.int64)

    def scores(self, task: str) -> np.ndarray:
        """Return the calibrated probabilities of the classified posts, (posts, labels); NaN without an answer."""
        return np.array(self._scores[task], np.float64).reshape(-1, len(self.tasks[task].labels))

    def _add_answer(self, name: str, task: Task, answer: Mapping[str, Any] | None) -> None:
        if answer and answer["label"] in task.labels:
            self._labels[name].append(task.labels.index(answer["label"]))
            self._scores[name].extend(answer["scores"].get(label, 0.0) for label in task.labels)
        else:  # classified by a model without this task, or with other labels
            self._labels[name].append(NO_LABEL)
            self._scores[name].extend([np.nan] * len(task.labels))
