"""The sentiment of tweets, and the phrase that carries it."""

import pytest

from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import SENTIMENT

PATH = "/tweets/sentiment"
TEXT = " 😂e\u0301 &amp; @someone I feel SO happy\u00a0today, http://x.co/a "


def post(client, text=TEXT, **arguments):
    return client.post(PATH, json={"text": text, **arguments}).get_json()


def test_answer_is_that_of_the_classifier(client, classifier):
    (expected,) = classifier.analyse(TEXT, ["sentiment", "phrase"])
    sentiment, phrase = expected["sentiment"], expected["phrase"]
    assert post(client) == {
        "sentiment": sentiment.label,
        "confidence": shown_probability(sentiment.confidence),
        "selected_text": phrase.text,
        "start": phrase.start,
        "end": phrase.end,
        "phrase_confidence": shown_probability(phrase.confidence),
        "truncated": False,
        "model": classifier.bundle.version,
    }


@pytest.mark.parametrize("sentiment", SENTIMENT.labels)
def test_known_sentiment_is_answered_with_its_phrase_only(client, classifier, sentiment):
    answer = post(client, sentiment=sentiment)
    assert answer["sentiment"] == sentiment
    assert "confidence" not in answer
    assert answer["selected_text"] == classifier.analyse(TEXT, "phrase", sentiment)[0]["phrase"].text
    assert answer == client.get(PATH, query_string={"text": TEXT, "sentiment": sentiment}).get_json()


@pytest.mark.parametrize("arguments", [{}, {"sentiment": "negative"}, {"sentiment": "neutral"}])
def test_start_and_end_are_positions_in_the_text_as_sent(client, arguments):
    answer = post(client, **arguments)
    assert answer["selected_text"] == TEXT[answer["start"] : answer["end"]] != ""


def test_scores_do_not_depend_on_the_sentiment_of_the_request(client):
    predicted, given = post(client, scores=True), post(client, scores=True, sentiment="negative")
    assert tuple(predicted["scores"]) == SENTIMENT.labels
    assert predicted["scores"] == given["scores"]
    assert given["confidence"] == given["scores"]["negative"]


def test_batch_accepts_a_sentiment_per_text(client):
    body = {"texts": [TEXT, "so sad", TEXT], "sentiments": ["negative", None, "positive"]}
    answers = client.post(f"{PATH}/batch", json=body).get_json()["answers"]
    assert [answer["sentiment"] for answer in answers] == ["negative", post(client, "so sad")["sentiment"], "positive"]
    assert answers[2]["selected_text"] == post(client, sentiment="positive")["selected_text"]


@pytest.mark.parametrize("sentiment", ["happy", "", "Positive", None, 1, ["positive"]])
def test_invalid_sentiment_is_refused(client, sentiment):
    response = client.post(PATH, json={"text": TEXT, "sentiment": sentiment})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["sentiment"])


@pytest.mark.parametrize("sentiments", [[], ["positive"], ["positive"] * 3, ["positive", "happy"], "positive", None])
def test_sentiments_must_match_the_texts(client, sentiments):
    response = client.post(f"{PATH}/batch", json={"texts": [TEXT, TEXT], "sentiments": sentiments})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["sentiments"])


def test_model_without_phrases_answers_the_sentiment_only(client_of):
    client = client_of("sentiment", "emotion")
    assert set(post(client)) == {"sentiment", "confidence", "truncated", "model"}
    response = client.post(PATH, json={"text": TEXT, "sentiment": "positive"})
    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "this bundle has no task 'phrase'; it has emotion, sentiment",
    )


def test_model_with_phrases_only_needs_the_sentiment(client_of):
    client = client_of("phrase")
    assert client.post(PATH, json={"text": TEXT}).status_code == 404
    assert post(client, sentiment="positive")["selected_text"]
