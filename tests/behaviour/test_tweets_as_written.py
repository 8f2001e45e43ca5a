"""The emotions of tweets as people write them."""

from collections import Counter

from emoji_api import Classifier
from emoji_api.tasks import EMOTION
from tests.behaviour.answers import Tally, shown
from tests.behaviour.rows import NOTHING, read

ROWS = read(EMOTION.name, "tweets_as_written")
UNSURE = 0.5


def test_tweets_as_written_get_their_emotion(classifier: Classifier) -> None:
    rows = [row for row in ROWS if row["label"] != NOTHING]
    answers = zip(rows, classifier.classify([row["text"] for row in rows]), strict=True)
    failures = [
        f"{row['label']} ({row['kind']}) answered {shown(answer)}: {row['text']}"
        for row, answer in answers
        if answer.label != row["label"]
    ]
    tally = Tally(len(rows), failures)
    assert tally.share >= 0.85, f"right are {tally}"


def test_tweets_with_nothing_to_feel_leave_it_unsure(classifier: Classifier) -> None:
    rows = [row for row in ROWS if row["label"] == NOTHING]
    answers = zip(rows, classifier.classify([row["text"] for row in rows]), strict=True)
    failures = [f"{shown(answer)}: {row['text']}" for row, answer in answers if answer.confidence >= UNSURE]
    assert not failures, f"unsure are {Tally(len(rows), failures)}"


def test_tweets_as_written_are_of_every_kind() -> None:
    kinds, of_label = Counter(row["kind"] for row in ROWS), Counter(row["label"] for row in ROWS)
    assert len({row["text"] for row in ROWS}) == len(ROWS) >= 120
    assert min(kinds["negated"], kinds["nothing"]) >= 20
    assert of_label.keys() == {*EMOTION.labels, NOTHING}
