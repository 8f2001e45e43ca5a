"""Batches with texts that cannot be answered."""

import json

import pytest

from tests.rest.test_resource import PATHS, TEXTS

BAD = {
    " ": "Is blank.",
    "\u0001": "the text has no readable character",
    5: "Not a valid string.",
    None: "Field may not be null.",
    "\ud800": "Is not valid Unicode: it has a lone surrogate.",
    "x" * 5001: "Has 5001 characters; at most 5000 are allowed.",
}


def post(client, body):
    """Send a batch whose texts may have a lone surrogate, which only an escape can carry."""
    return client.post("/tweets/batch", data=json.dumps(body), content_type="application/json")


def error(message):
    return {"error": {"code": 422, "status": "Unprocessable Entity", "message": message}}


@pytest.mark.parametrize("path", PATHS)
def test_bad_texts_are_marked_in_their_place(client, path):
    good = client.post(f"{path}/batch", json={"texts": TEXTS}).get_json()["answers"]
    texts = [" ", TEXTS[0], 5, TEXTS[1], "\u0001", TEXTS[2], None]
    answers = client.post(f"{path}/batch", json={"texts": texts, "on_error": "skip"}).get_json()["answers"]
    errors = {index: error(BAD[text]) for index, text in enumerate(texts) if text not in TEXTS}
    assert {index: answers[index] for index in errors} == errors
    assert [answer for answer in answers if "error" not in answer] == good


@pytest.mark.parametrize("text", BAD)
def test_every_kind_of_bad_text_is_skipped(client, text):
    response = post(client, {"texts": ["happy", text], "on_error": "skip"})
    assert response.status_code == 200
    assert response.get_json()["answers"][1] == error(BAD[text])


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("options", [{}, {"on_error": "refuse"}])
def test_batch_is_refused_by_default(client, text, options):
    response = post(client, {"texts": ["happy", text], **options})
    assert response.status_code == 422
    assert "answers" not in response.get_json()


def test_batch_of_bad_texts_alone_has_errors_only(client):
    response = client.post("/tweets/analysis/batch", json={"texts": [" ", "\u0001"], "on_error": "skip"})
    assert response.get_json() == {"answers": [error(BAD[" "]), error(BAD["\u0001"])]}


def test_good_batch_does_not_change(client):
    plain = client.post("/tweets/batch", json={"texts": TEXTS})
    assert client.post("/tweets/batch", json={"texts": TEXTS, "on_error": "skip"}).data == plain.data


def test_sentiments_stay_with_their_texts(client):
    texts, sentiments = [" ", "so happy", "\u0001", "so sad"], ["neutral", "positive", None, "negative"]
    answers = client.post(
        "/tweets/sentiment/batch", json={"texts": texts, "sentiments": sentiments, "on_error": "skip"}
    ).get_json()["answers"]
    assert [answer.get("sentiment") for answer in answers] == [None, "positive", None, "negative"]


def test_options_are_answered_for_the_good_texts(client):
    body = {"texts": [" ", "why is my train late again"], "on_error": "skip", "language": True, "explain": True}
    answer = client.post("/tweets/batch", json=body).get_json()["answers"][1]
    assert answer["language"] == "en" and len(answer["words"]) == 6


@pytest.mark.parametrize(
    "body",
    [
        {"texts": [" "], "on_error": "ignore"},
        {"texts": [], "on_error": "skip"},
        {"texts": "happy", "on_error": "skip"},
        {"texts": None, "on_error": "skip"},
        {"on_error": "skip"},
        {"texts": ["happy"] * 257, "on_error": "skip"},
        {"texts": ["happy", " "], "on_error": ["skip"]},
    ],
)
def test_other_errors_still_refuse_the_batch(client, body):
    assert client.post("/tweets/batch", json=body).status_code == 422


def test_on_error_is_for_batches_only(client):
    assert client.post("/tweets", json={"text": "happy", "on_error": "skip"}).status_code == 422


def test_skipped_texts_are_not_counted(client):
    def counted():
        lines = client.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("emoji_api_predictions_total"))

    before = counted()
    client.post("/tweets/batch", json={"texts": ["happy", " ", "\u0001"], "on_error": "skip"})
    assert counted() == before + 1
