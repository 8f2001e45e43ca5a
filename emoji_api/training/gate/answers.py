"""What a bundle answers on rows of known labels, through the very code that serves it."""

from dataclasses import dataclass

import numpy as np

from emoji_api.inference.answers import Classification
from emoji_api.inference.classifier import Classifier
from emoji_api.tasks import Task
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import overlaps_of, phrases


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to the rows of a split, each array (rows,).

    `labels` are the right ids. Of a classification `given` are the ids that were given; of a span, Jaccard's index of
    the phrase, for the sentiment that the text has. `right` says where the very label, or the very words, were given.
    """

    labels: np.ndarray
    given: np.ndarray
    right: np.ndarray
    confidence: np.ndarray

    @property
    def chosen(self) -> np.ndarray:
        """Rows whose answer was chosen among others: a whole text, of confidence 1, is not."""
        return self.confidence < 1


def answer(classifier: Classifier, task: Task, split: Split) -> Answers:
    """What `classifier` answers to the texts of `split`. Raises UnknownTask."""
    labels = np.array(split.labels)
    if task.kind == "span":
        found = phrases(classifier, task, split)
        overlaps = overlaps_of(split, found)
        confidence = np.array([one.confidence for one in found])
        return Answers(labels=labels, given=overlaps, right=overlaps == 1, confidence=confidence)
    classified = [row[task.name] for row in classifier.analyse(split.texts, [task.name])]
    given = np.array([task.labels.index(one.label) for one in classified if isinstance(one, Classification)])
    confidence = np.array([one.confidence for one in classified])
    return Answers(labels=labels, given=given, right=given == labels, confidence=confidence)
