"""The emotion of tweets, as an emoji."""

import pytest

from emoji_api.app import create_app
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


@pytest.mark.parametrize("method", ["query", "GET", "POST"])
def test_tweet_without_an_emotion_is_answered_on_request(neutral_client, method):
    answer = send(neutral_client, method, TEXT, neutral=True, scores=True).get_json()
    assert (answer["emoji"], answer["emotion"]) == ("😐", "none")
    assert 0 < answer["confidence"] < 1
    assert tuple(answer["scores"]) == EMOTION.labels


@pytest.mark.parametrize("options", [{}, {"neutral": False}])
def test_tweet_without_an_emotion_gets_one_by_default(neutral_client, client, options):
    assert send(neutral_client, "POST", TEXT, **options).data == send(client, "POST", TEXT).data


def test_tweets_of_a_batch_may_have_no_emotion(neutral_client):
    answers = neutral_client.post("/tweets/batch", json={"texts": TEXTS, "neutral": True}).get_json()["answers"]
    assert [answer["emoji"] for answer in answers] == ["😐"] * len(TEXTS)


def test_words_of_a_tweet_without_an_emotion_contribute_to_none(neutral_client):
    answer = send(neutral_client, "POST", TEXT, neutral=True, explain=True).get_json()
    word = next(word for word in answer["words"] if word["text"] == "happy")
    rest = TEXT[: word["start"]] + TEXT[word["end"] :]
    without = send(neutral_client, "POST", rest, neutral=True).get_json()["confidence"]
    assert word["contribution"] == pytest.approx(answer["confidence"] - without, abs=1e-3)


def test_setting_makes_it_the_default(neutral_bundle, database_file):
    app = create_app({"MODEL_PATH": str(neutral_bundle), "DATABASE_URL": database_file, "NEUTRAL": True})
    client = app.test_client()
    assert send(client, "POST", TEXT).get_json()["emotion"] == "none"
    assert send(client, "POST", TEXT, neutral=False).get_json()["emotion"] == "joy"
    analysis = client.post("/tweets/analysis", json={"text": TEXT}).get_json()
    assert analysis["answers"]["emotion"]["label"] == "none"


def test_setting_is_ignored_by_a_model_that_cannot_tell(tiny_bundle, database_file):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "DATABASE_URL": database_file, "NEUTRAL": True})
    client = app.test_client()
    assert send(client, "POST", TEXT).get_json()["emotion"] == "joy"
    response = send(client, "POST", TEXT, neutral=True)
    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "this bundle cannot tell tweets without an emotion from the others",
    )
