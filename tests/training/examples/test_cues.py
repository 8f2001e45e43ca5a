"""A few words and emoji tell an emotion at a glance."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.examples.augmentation import EMOJI_OF
from emoji_api.training.examples.cues import MOST, count_cues


def cued(text: str) -> set[str]:
    return {label for label, count in zip(EMOTION.labels, count_cues([text])[0], strict=True) if count}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("miss you", {"sadness"}),
        ("Heartbroken :(", {"sadness"}),
        ("YAY", {"joy"}),
        ("#happy", {"joy"}),
        ("love you", {"love"}),
        ("<3", {"love"}),
        ("wtf", {"anger"}),
        ("terrified", {"fear"}),
        ("omg no way", {"surprise"}),
        ("what ?!", {"surprise"}),
        ("they did what?!", {"surprise"}),
        ("so sad😢:(", {"sadness"}),
        ("can't believe it", {"surprise"}),
        ("the meeting is at 3pm", set()),
        ("madrid, a funny fungus", {"joy"}),
        ("", set()),
    ],
)
def test_cues(text: str, labels: set[str]) -> None:
    assert cued(text) == labels


@pytest.mark.parametrize("label", EMOTION.labels)
def test_an_emoji_is_a_cue_of_its_emotion(label: str) -> None:
    assert all(cued(f"so it is {emoji}") == {label} for emoji in EMOJI_OF[label])


def test_more_cues_say_more_up_to_a_limit() -> None:
    counts = count_cues(["sad", "sad sad", "sad " * 9])[:, EMOTION.labels.index("sadness")]
    assert counts.tolist() == [1, MOST, MOST]


def test_a_row_a_text() -> None:
    assert count_cues(["sad", "happy", "so"]).shape == (3, len(EMOTION.labels))
    assert count_cues(["sad"]).dtype == np.float32
