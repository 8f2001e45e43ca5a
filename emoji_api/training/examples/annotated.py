"""Examples from the LLM-annotated tweets."""

from collections.abc import Sequence

import numpy as np

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Split, text_key
from emoji_api.training.data.readers.annotated import NO_EMOTION, UNCLEAR, Annotation
from emoji_api.training.examples.examples import Examples

FIRST_OF_TWO = 0.65
"""The share of the first of two labels in the target."""


def trainable_annotations(annotations: Sequence[Annotation], held_out: Sequence[Split]) -> list[Annotation]:
    """Return the annotations whose text is in none of the splits `held_out`."""
    texts = {text_key(text) for split in held_out for text in split.texts}
    return [row for row in annotations if text_key(row.text) not in texts]


def annotated_examples(annotations: Sequence[Annotation], weight: float) -> Examples:
    """Return examples of emotion, each with the weight `weight`, without the tweets that are labelled `unclear`."""
    clear = [row for row in annotations if UNCLEAR not in row.labels]
    targets = np.array([emotion_target(row.labels) for row in clear], np.float32).reshape(-1, len(EMOTION.labels))
    weights = np.full(len(clear), weight, np.float32)
    return Examples(texts=[row.text for row in clear], targets={EMOTION.name: targets}, weights={EMOTION.name: weights})


def emotion_target(labels: Sequence[str]) -> np.ndarray:
    """Return the target distribution (emotions,) of one label or of two, the likelier first.

    The label `none` is the uniform distribution. With two labels the first has the share `FIRST_OF_TWO`.
    """
    shares = (1.0,) if len(labels) == 1 else (FIRST_OF_TWO, 1 - FIRST_OF_TWO)
    size = len(EMOTION.labels)
    distributions = [
        np.full(size, 1 / size) if label == NO_EMOTION else np.eye(size)[EMOTION.labels.index(label)]
        for label in labels
    ]
    return np.average(distributions, axis=0, weights=shares)
