"""Emotion cues: words and emoji that are counted in texts."""

import numpy as np
import pytest

from emoji_api.tasks import EMOTION
from emoji_api.training.examples.augmentation import EMOJI_OF
from emoji_api.training.examples.cues import MAX_PER_EMOTION, count_cues


def cued(text: str) -> set[str]:
    """Return the emotions of which a text has a cue."""
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
def test_cues_are_counted_for_their_emotion(text: str, labels: set[str]) -> None:
    assert cued(text) == labels


@pytest.mark.parametrize("label", EMOTION.labels)
def test_emoji_is_a_cue_of_its_emotion(label: str) -> None:
    assert all(cued(f"so it is {emoji}") == {label} for emoji in EMOJI_OF[label])


def test_counts_are_limited() -> None:
    counts = count_cues(["sad", "sad sad", "sad " * 9])[:, EMOTION.labels.index("sadness")]
    assert counts.tolist() == [1, MAX_PER_EMOTION, MAX_PER_EMOTION]


def test_counts_have_a_row_per_text_and_a_column_per_emotion() -> None:
    assert count_cues(["sad", "happy", "so"]).shape == (3, len(EMOTION.labels))
    assert count_cues(["sad"]).dtype == np.float32
