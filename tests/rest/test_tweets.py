"""The emotion of tweets, as an emoji."""

import pytest

from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import EMOTION, EMOTION_EMOJI

TEXT = "i feel so happy today"
TEXTS = [TEXT, "i am scared", "this day is sad 😢", "furious about you"]


def send(client, method, text, **options):
    if method == "query":
        query = {name: str(value).lower() for name, value in options.items()}
        return client.get("/tweets", query_string={"text": text, **query})
    return client.open("/tweets", method=method, json={"text": text, **options})


@pytest.mark.parametrize("method", ["query", "GET", "POST"])
@pytest.mark.parametrize("text", TEXTS)
def test_answer_is_that_of_the_classifier(client, classifier, method, text):
    expected = classifier.classify(text)[0]
    assert send(client, method, text).get_json() == {
        "emoji": expected.emoji,
        "confidence": shown_probability(expected.confidence),
        "emotion": expected.label,
        "truncated": False,
        "model": classifier.bundle.version,
    }


def test_emoji_is_not_escaped(client):
    response = send(client, "query", TEXT)
    assert response.content_type == "application/json"
    assert response.data.decode("utf-8").startswith(f'{{"emoji":"{EMOTION_EMOJI["joy"]}"')


@pytest.mark.parametrize("method", ["query", "GET", "POST"])
def test_scores_are_returned_on_request(client, method):
    answer = send(client, method, TEXT, scores=True).get_json()
    assert tuple(answer["scores"]) == EMOTION.labels
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=0.001)
    assert answer["scores"][answer["emotion"]] == answer["confidence"] == max(answer["scores"].values())


@pytest.mark.parametrize("method", ["query", "GET", "POST"])
def test_scores_are_left_out_if_false(client, method):
    assert "scores" not in send(client, method, TEXT, scores=False).get_json()


def test_long_text_is_marked_as_truncated(client):
    answer = send(client, "POST", "happy " * 200).get_json()
    assert (answer["emotion"], answer["truncated"]) == ("joy", True)


def test_batch_has_the_order_of_the_request(client):
    answers = client.post("/tweets/batch", json={"texts": TEXTS}).get_json()["answers"]
    assert [answer["emotion"] for answer in answers] == ["joy", "fear", "sadness", "anger"]


def test_scores_are_returned_for_a_batch(client):
    answers = client.post("/tweets/batch", json={"texts": TEXTS, "scores": True}).get_json()["answers"]
    assert all(tuple(answer["scores"]) == EMOTION.labels for answer in answers)


def test_largest_batch_is_answered(client, app):
    maximum = app.config["MAX_BATCH_SIZE"]
    response = client.post("/tweets/batch", json={"texts": [TEXT] * maximum})
    assert len(response.get_json()["answers"]) == maximum
