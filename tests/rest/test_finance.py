"""Topic and stance of tweets about finance."""

from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC

PATH = "/tweets/finance"
TEXT = "$TSLA beats!"


def test_answer_is_that_of_the_classifier(client, classifier):
    (expected,) = classifier.analyse(TEXT, ["finance_topic", "finance_stance"])
    assert client.get(PATH, query_string={"text": TEXT}).get_json() == {
        "topic": expected["finance_topic"].label,
        "topic_confidence": shown_probability(expected["finance_topic"].confidence),
        "stance": expected["finance_stance"].label,
        "stance_confidence": shown_probability(expected["finance_stance"].confidence),
        "truncated": False,
        "model": classifier.bundle.version,
    }


def test_scores_are_returned_on_request(client):
    answer = client.get(PATH, query_string={"text": TEXT, "scores": "true"}).get_json()
    assert tuple(answer["scores"]["topic"]) == FINANCE_TOPIC.labels
    assert tuple(answer["scores"]["stance"]) == FINANCE_STANCE.labels
    assert answer["scores"]["topic"][answer["topic"]] == answer["topic_confidence"]
