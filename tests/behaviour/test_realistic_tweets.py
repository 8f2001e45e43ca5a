"""Emotions of tweets in the style of real ones: slang, typing errors, hashtags, emoji."""

from collections import Counter

from emoji_api import Classifier
from emoji_api.tasks import EMOTION
from tests.behaviour.answers import Tally, describe
from tests.behaviour.rows import NO_LABEL, read

ROWS = read(EMOTION.name, "realistic_tweets")
MIN_PASS_RATE = 0.85
MAX_CONFIDENCE_WITHOUT_EMOTION = 0.5


def test_realistic_tweets_get_their_emotion(classifier: Classifier) -> None:
    rows = [row for row in ROWS if row["label"] != NO_LABEL]
    answers = classifier.classify([row["text"] for row in rows])
    failures = [
        f"expected {row['label']} ({row['kind']}), got {describe(answer)}: {row['text']}"
        for row, answer in zip(rows, answers, strict=True)
        if answer.label != row["label"]
    ]
    tally = Tally(len(rows), failures)
    assert tally.pass_rate >= MIN_PASS_RATE, str(tally)


def test_tweets_without_emotion_get_low_confidence(classifier: Classifier) -> None:
    rows = [row for row in ROWS if row["label"] == NO_LABEL]
    answers = zip(rows, classifier.classify([row["text"] for row in rows]), strict=True)
    failures = [
        f"{describe(answer)}: {row['text']}"
        for row, answer in answers
        if answer.confidence >= MAX_CONFIDENCE_WITHOUT_EMOTION
    ]
    assert not failures, str(Tally(len(rows), failures))


def test_realistic_tweets_cover_every_kind_and_label() -> None:
    kinds, labels = Counter(row["kind"] for row in ROWS), Counter(row["label"] for row in ROWS)
    assert len({row["text"] for row in ROWS}) == len(ROWS) >= 120
    assert min(kinds["negated"], kinds["nothing"]) >= 20
    assert labels.keys() == {*EMOTION.labels, NO_LABEL}
