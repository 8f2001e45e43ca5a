"""Tweets whose emotion was read teach it."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Annotation, Split
from emoji_api.training.examples.annotated import annotated_examples, target, trainable_annotations


def share(target: np.ndarray, label: str) -> float:
    return float(target[EMOTION.labels.index(label)])


def test_a_label_is_all_of_the_target() -> None:
    assert share(target(("joy",)), "joy") == 1
    assert np.allclose(target(("none",)), 1 / 6)


def test_the_likelier_of_two_labels_has_more_of_it() -> None:
    both = target(("anger", "sadness"))
    assert share(both, "anger") > share(both, "sadness") > 0
    assert share(both, "anger") + share(both, "sadness") == pytest.approx(1)


def test_an_emotion_that_may_be_none_is_less_sure() -> None:
    doubtful = target(("joy", "none"))
    assert 0.5 < share(doubtful, "joy") < 1
    assert share(doubtful, "fear") == pytest.approx((1 - share(doubtful, "joy")) / 5)
    assert doubtful.sum() == pytest.approx(1)


def test_what_is_unclear_teaches_nothing() -> None:
    rows = [
        Annotation(tweet="1", text="hooray", labels=("joy",)),
        Annotation(tweet="2", text="hm", labels=("unclear",)),
        Annotation(tweet="3", text="boo", labels=("anger", "sadness")),
    ]
    examples = annotated_examples(rows, 0.5)
    assert examples.texts == ["hooray", "boo"]
    assert examples.weights[EMOTION.name].tolist() == [0.5, 0.5]
    assert examples.targets[EMOTION.name].tolist() == [target(("joy",)).tolist(), pytest.approx(target(rows[2].labels))]


def test_no_text_that_is_held_out_is_learned_from() -> None:
    rows = [Annotation(tweet=text, text=text, labels=("joy",)) for text in ("What  a day http://t.co/1", "hooray")]
    held_out = [Split(texts=["what a DAY"], labels=[0]), Split(texts=["boo"], labels=[0])]
    assert trainable_annotations(rows, held_out) == rows[1:]
    assert trainable_annotations(rows, []) == rows


def test_none_are_examples_too() -> None:
    examples = annotated_examples([], 1.0)
    assert (len(examples), examples.targets[EMOTION.name].shape) == (0, (0, 6))
