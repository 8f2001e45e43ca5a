"""The topic and the stance of financial tweets."""

from emoji_api.tasks import FINANCE_STANCE, FINANCE_TOPIC

PATH = "/tweets/finance"
TEXT = "$TSLA beats!"


def test_answer_is_the_classifiers(client, classifier):
    (found,) = classifier.analyse(TEXT, ["finance_topic", "finance_stance"])
    assert client.get(PATH, query_string={"text": TEXT}).get_json() == {
        "topic": found["finance_topic"].label,
        "topic_confidence": round(found["finance_topic"].confidence, 4),
        "stance": found["finance_stance"].label,
        "stance_confidence": round(found["finance_stance"].confidence, 4),
        "truncated": False,
        "model": classifier.bundle.version,
    }


def test_all_scores_on_request(client):
    answer = client.get(PATH, query_string={"text": TEXT, "scores": "true"}).get_json()
    assert tuple(answer["scores"]["topic"]) == FINANCE_TOPIC.labels
    assert tuple(answer["scores"]["stance"]) == FINANCE_STANCE.labels
    assert answer["scores"]["topic"][answer["topic"]] == answer["topic_confidence"]
