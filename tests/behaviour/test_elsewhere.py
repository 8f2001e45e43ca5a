"""A tweet that is not about finance gets no confident topic of finance."""

from emoji_api import Classifier
from emoji_api.tasks import FINANCE_TOPIC
from tests.behaviour.answers import Tally, ask, shown
from tests.behaviour.rows import read

LEAST = 0.9
UNSURE = 0.5


def test_a_tweet_about_something_else_gets_no_confident_topic(classifier: Classifier) -> None:
    rows = read(FINANCE_TOPIC.name, "elsewhere")
    answers = zip(rows, ask(classifier, FINANCE_TOPIC.name, [row["text"] for row in rows], rows), strict=True)
    failures = [
        f"{shown(answer)} ({row['about']}): {row['text']}" for row, answer in answers if answer.confidence >= UNSURE
    ]
    tally = Tally(len(rows), failures)
    message = f"unsure are {tally}"
    print(message)  # `pytest -rP` shows the share also where it is enough
    assert tally.share >= LEAST, message
