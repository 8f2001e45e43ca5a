"""Invalid requests: the status, the error document, and a service that keeps answering."""

import json

import pytest

OK = "i feel happy"
JSON = "application/json"
KEYS = {"code", "status", "message", "errors"}

BODIES = {
    "no text": ({}, 422),
    "empty": ({"text": ""}, 422),
    "blank": ({"text": " \n\t\u3000"}, 422),
    "control characters": ({"text": "\u0000\u0001"}, 422),
    "number": ({"text": 5}, 422),
    "null": ({"text": None}, 422),
    "list": ({"text": [OK]}, 422),
    "lone surrogate": ({"text": f"{OK} \ud800"}, 422),
    "long": ({"text": "x" * 5_001}, 422),
    "1 MB": ({"text": "x" * 2**20}, 413),
    "unknown field": ({"text": OK, "txt": OK}, 422),
    "scores as a number": ({"text": OK, "scores": 1}, 422),
    "array": ([OK], 422),
    "string": (OK, 422),
    "nothing": (None, 422),
}
RAW = {
    "truncated": b'{"text": "i feel',
    "not JSON": b"text=happy",
    "Latin-1": '{"text": "é"}'.encode("latin-1"),
    "UTF-16": '{"text": "happy"}'.encode("utf-16"),
    "too deep": b"[" * 100_000,
    "very long number": b'{"text": ' + b"1" * 10_000 + b"}",
    "NaN": b'{"text": NaN}',
}
QUERIES = {
    "no text": ("", 422),
    "empty": ("text=", 422),
    "blank": ("text=%20%0A", 422),
    "unknown parameter": ("text=happy&score=true", 422),
    "given twice": ("text=happy&text=sad", 422),
    "scores as a number": ("text=happy&scores=1", 422),
    "not UTF-8": ("text=%ff", 400),
    "lone surrogate": ("text=%ED%A0%80", 400),
    "long": ("text=" + "x" * 5_001, 422),
}
BATCHES = {
    "no texts": ({}, 422),
    "empty list": ({"texts": []}, 422),
    "10,000 texts": ({"texts": [OK] * 10_000}, 422),
    "one more than allowed": ({"texts": [OK] * 257}, 422),
    "string": ({"texts": OK}, 422),
    "blank text": ({"texts": [OK, " "]}, 422),
    "control characters": ({"texts": [OK, "\u0000"]}, 422),
    "lone surrogate": ({"texts": [OK, "\udfff"]}, 422),
    "number": ({"texts": [OK, 1]}, 422),
    "unknown field": ({"texts": [OK], "text": OK}, 422),
}


def assert_refused(client, response, code):
    document = response.get_json()
    assert (response.status_code, document["code"]) == (code, code)
    assert set(document) <= KEYS and document["status"] and document["message"]
    assert "Traceback" not in response.text and ".py" not in response.text
    assert client.get("/tweets", query_string={"text": OK}).get_json()["emotion"] == "joy"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("body", "code"), BODIES.values(), ids=BODIES)
def test_invalid_body_is_refused(client, method, body, code):
    assert_refused(client, client.open("/tweets", method=method, data=json.dumps(body), content_type=JSON), code)


@pytest.mark.parametrize("body", RAW.values(), ids=RAW)
@pytest.mark.parametrize("path", ["/tweets", "/tweets/batch"])
def test_body_that_is_not_json_is_refused(client, path, body):
    assert_refused(client, client.post(path, data=body, content_type=JSON), 400)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize("path", ["/tweets", "/tweets/batch"])
def test_other_content_type_is_refused(client, path, content_type):
    body = json.dumps({"text": OK})
    assert_refused(client, client.post(path, data=body, content_type=content_type), 415)


@pytest.mark.parametrize(
    "path", ["/tweets/sentiment", "/tweets/hate", "/tweets/finance", "/tweets/emojis", "/tweets/analysis"]
)
def test_all_resources_refuse_invalid_requests(client, path):
    for body, code in (({"text": " "}, 422), ({"text": OK, "txt": OK}, 422), ({"text": "x" * 2**20}, 413), ([], 422)):
        assert_refused(client, client.post(path, json=body), code)
    assert_refused(client, client.get(path, query_string={"text": OK, "txt": OK}), 422)
    assert_refused(client, client.post(f"{path}/batch", json={"texts": [OK] * 257}), 422)
    assert_refused(client, client.post(path, data="happy"), 415)
    assert_refused(client, client.post(path, data="{", content_type=JSON), 400)


@pytest.mark.parametrize(("query", "code"), QUERIES.values(), ids=QUERIES)
def test_invalid_query_is_refused(client, query, code):
    assert_refused(client, client.get(f"/tweets?{query}"), code)


@pytest.mark.parametrize(("body", "code"), BATCHES.values(), ids=BATCHES)
def test_invalid_batch_is_refused(client, body, code):
    assert_refused(client, client.post("/tweets/batch", data=json.dumps(body), content_type=JSON), code)


def test_batch_reports_each_invalid_text(client):
    errors = client.post("/tweets/batch", json={"texts": [OK, " ", 3]}).get_json()["errors"]
    assert set(errors["json"]["texts"]) == {"1", "2"}


def test_query_and_body_together_are_refused(client):
    assert_refused(client, client.get("/tweets?text=happy", json={"text": "sad"}), 422)


@pytest.mark.parametrize("path", ["/tweets", "/tweets/batch"])
def test_query_of_a_post_is_refused(client, path):
    assert_refused(client, client.post(f"{path}?scores=true", json={"text": OK}), 422)


def test_post_without_a_body_is_refused(client):
    assert_refused(client, client.post("/tweets"), 422)


def test_other_json_media_type_is_accepted(client):
    response = client.post("/tweets", data=json.dumps({"text": OK}), content_type="application/problem+json")
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/tweets", {"scores": "true"}),
        ("/tweets/emojis", {"top": "3"}),
        ("/tweets/analysis", {"tasks": "hate,emotion"}),
    ],
)
def test_strings_are_converted_in_a_query_only(client, method, path, query):
    assert client.get(path, query_string={"text": OK, **query}).status_code == 200
    assert_refused(client, client.open(path, method=method, json={"text": OK, **query}), 422)
