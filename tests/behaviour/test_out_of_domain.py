"""A tweet that is not about finance gets no confident financial topic."""

from emoji_api import Classifier
from emoji_api.tasks import FINANCE_TOPIC
from tests.behaviour.answers import Tally, describe, predict
from tests.behaviour.rows import read

MIN_PASS_RATE = 0.9
MAX_CONFIDENCE = 0.5


def test_out_of_domain_tweets_get_low_topic_confidence(classifier: Classifier) -> None:
    rows = read(FINANCE_TOPIC.name, "out_of_domain")
    answers = predict(classifier, FINANCE_TOPIC.name, [row["text"] for row in rows], rows)
    failures = [
        f"{describe(answer)} ({row['about']}): {row['text']}"
        for row, answer in zip(rows, answers, strict=True)
        if answer.confidence >= MAX_CONFIDENCE
    ]
    tally = Tally(len(rows), failures)
    print(tally)  # `pytest -rP` shows the rate of a passing test too
    assert tally.pass_rate >= MIN_PASS_RATE, str(tally)
