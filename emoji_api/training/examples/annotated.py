"""Tweets whose emotion was read, as something to learn from."""

from collections.abc import Sequence

import numpy as np

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Split, text_key
from emoji_api.training.data.readers.annotated import NONE, UNCLEAR, Annotation
from emoji_api.training.examples.examples import Examples

FIRST_OF_TWO = 0.65  # the share of the likelier of two labels


def trainable_annotations(annotations: Sequence[Annotation], held_out: Sequence[Split]) -> list[Annotation]:
    """Those whose text none of the splits `held_out` has."""
    texts = {text_key(text) for split in held_out for text in split.texts}
    return [row for row in annotations if text_key(row.text) not in texts]


def annotated_examples(annotations: Sequence[Annotation], weight: float) -> Examples:
    """The annotated tweets, of that weight, without those that are unclear.

    Where there is nothing to feel, the target is an even spread.
    """
    clear = [row for row in annotations if UNCLEAR not in row.labels]
    targets = np.array([target(row.labels) for row in clear], np.float32).reshape(-1, len(EMOTION.labels))
    weights = np.full(len(clear), weight, np.float32)
    return Examples(texts=[row.text for row in clear], targets={EMOTION.name: targets}, weights={EMOTION.name: weights})


def target(labels: Sequence[str]) -> np.ndarray:
    """The target (emotions,) of a tweet of one label or two."""
    shares = (1.0,) if len(labels) == 1 else (FIRST_OF_TWO, 1 - FIRST_OF_TWO)
    size = len(EMOTION.labels)
    of_label = [
        np.full(size, 1 / size) if label == NONE else np.eye(size)[EMOTION.labels.index(label)] for label in labels
    ]
    return np.average(of_label, axis=0, weights=shares)
