"""Formatting of answers: probabilities, labels and JSON fields."""

import json

from emoji_api.cli.answers import format_json, format_text
from emoji_api.inference.answers import Classification, Phrase


def classification(confidence: float, truncated: bool = False) -> Classification:
    return Classification(
        task="emotion",
        label="joy",
        emoji="😂",
        confidence=confidence,
        scores={"sadness": 1 - confidence, "joy": confidence},
        threshold=None,
        truncated=truncated,
        model_version="first",
    )


PHRASE = Phrase(
    sentiment="neutral", text='say "hi"', start=0, end=8, confidence=1.0, truncated=False, model_version="first"
)


def test_text_ranks_the_scores() -> None:
    line = format_text("so  happy\n", {"emotion": classification(0.75)}, scores=True)
    assert line == "😂 joy 0.7500 sadness 0.2500  so happy"


def test_text_marks_a_truncated_tweet() -> None:
    assert format_text("so happy", {"emotion": classification(0.75, truncated=True)}, scores=False).endswith(
        " (truncated)"
    )


def test_text_shows_at_most_0_9999() -> None:
    assert format_text("so happy", {"emotion": classification(1.0)}, scores=False) == "😂 joy 0.9999  so happy"
    assert format_text("so happy", {"phrase": PHRASE}, scores=False) == 'neutral "say \\"hi\\"" 0.9999  so happy'


def test_json_has_at_most_0_9999() -> None:
    answers = json.loads(format_json("so happy", {"emotion": classification(1.0), "phrase": PHRASE}, True))["answers"]
    assert answers["emotion"]["confidence"] == answers["phrase"]["confidence"] == 0.9999
    assert answers["emotion"]["scores"] == {"sadness": 0.0, "joy": 0.9999}


def test_json_keeps_the_precision_of_other_probabilities() -> None:
    answers = json.loads(format_json("so happy", {"emotion": classification(0.123456789)}, False))["answers"]
    assert answers["emotion"] == {"label": "joy", "emoji": "😂", "confidence": 0.123456789}
