"""Answers of a bundle to labelled texts, predicted by the code that serves it."""

from dataclasses import dataclass

import numpy as np

from emoji_api.inference.answers import Classification
from emoji_api.inference.classifier import Classifier
from emoji_api.tasks import Task
from emoji_api.training.data.readers import Split
from emoji_api.training.evaluation.evaluate import predict_phrases
from emoji_api.training.evaluation.metrics import phrase_overlaps


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to one task for the rows of a split; every array has the shape (rows,).

    `labels` are the true label ids. `outcomes` are the predicted label ids of a classification task, or the Jaccard
    index of predicted and annotated phrase of a span task. `correct` is true where the predicted label is the true one,
    or the phrase matches exactly. `confidence` is the probability of the answer.
    """

    labels: np.ndarray
    outcomes: np.ndarray
    correct: np.ndarray
    confidence: np.ndarray

    @property
    def uncertain(self) -> np.ndarray:
        """Rows with a confidence below 1, (rows,) bool.

        A phrase of confidence 1 is a whole text that was returned without a choice: calibration does not apply to it.
        """
        return self.confidence < 1


def answer(classifier: Classifier, task: Task, split: Split) -> Answers:
    """Return the answers of `classifier` to the texts of `split`.

    Phrases are predicted for the known sentiment of each text. Raises UnknownTask for a task that the bundle lacks.
    """
    labels = np.array(split.labels)
    if task.kind == "span":
        phrases = predict_phrases(classifier, task, split)
        overlaps = phrase_overlaps(split, phrases)
        confidence = np.array([phrase.confidence for phrase in phrases])
        return Answers(labels=labels, outcomes=overlaps, correct=overlaps == 1, confidence=confidence)
    answers = [row[task.name] for row in classifier.analyse(split.texts, [task.name])]
    predicted = np.array([task.labels.index(row.label) for row in answers if isinstance(row, Classification)])
    confidence = np.array([row.confidence for row in answers])
    return Answers(labels=labels, outcomes=predicted, correct=predicted == labels, confidence=confidence)
