"""Examples from LLM-annotated tweets."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.data.readers import Annotation, Split
from emoji_api.training.examples.annotated import annotated_examples, emotion_target, trainable_annotations


def share(target: np.ndarray, label: str) -> float:
    return float(target[EMOTION.labels.index(label)])


def test_single_label_is_the_whole_target_and_none_is_uniform() -> None:
    assert share(emotion_target(("joy",)), "joy") == 1
    assert np.allclose(emotion_target(("none",)), 1 / 6)


def test_first_of_two_labels_has_the_larger_share() -> None:
    both = emotion_target(("anger", "sadness"))
    assert share(both, "anger") > share(both, "sadness") > 0
    assert share(both, "anger") + share(both, "sadness") == pytest.approx(1)


def test_emotion_and_none_is_a_mixture_with_the_uniform_distribution() -> None:
    mixture = emotion_target(("joy", "none"))
    assert 0.5 < share(mixture, "joy") < 1
    assert share(mixture, "fear") == pytest.approx((1 - share(mixture, "joy")) / 5)
    assert mixture.sum() == pytest.approx(1)


def test_unclear_tweets_are_left_out() -> None:
    rows = [
        Annotation(tweet="1", text="hooray", labels=("joy",)),
        Annotation(tweet="2", text="hm", labels=("unclear",)),
        Annotation(tweet="3", text="boo", labels=("anger", "sadness")),
    ]
    examples = annotated_examples(rows, 0.5)
    assert examples.texts == ["hooray", "boo"]
    assert examples.weights[EMOTION.name].tolist() == [0.5, 0.5]
    assert examples.targets[EMOTION.name].tolist() == [
        emotion_target(("joy",)).tolist(),
        pytest.approx(emotion_target(rows[2].labels)),
    ]


def test_held_out_texts_are_not_trainable() -> None:
    rows = [Annotation(tweet=text, text=text, labels=("joy",)) for text in ("What  a day http://t.co/1", "hooray")]
    held_out = [Split(texts=["what a DAY"], labels=[0]), Split(texts=["boo"], labels=[0])]
    assert trainable_annotations(rows, held_out) == rows[1:]
    assert trainable_annotations(rows, []) == rows


def test_empty_annotations_give_no_examples() -> None:
    examples = annotated_examples([], 1.0)
    assert (len(examples), examples.targets[EMOTION.name].shape) == (0, (0, 6))
