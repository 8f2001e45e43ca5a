"""Behaviour that all resources under /tweets share."""

import pytest

from emoji_api.tasks import TASKS

PATHS = {
    "/tweets": ["emotion"],
    "/tweets/sentiment": ["sentiment"],
    "/tweets/hate": ["hate", "offensive"],
    "/tweets/finance": ["finance_topic", "finance_stance"],
    "/tweets/emojis": ["emojis"],
    "/tweets/analysis": list(TASKS),
}
TEXT = "i feel SO happy today 😂 & proud"
TEXTS = [TEXT, "i am scared", "this day is sad 😢"]


@pytest.mark.parametrize("path", PATHS)
def test_query_body_and_batch_have_the_same_answer(client, classifier, path):
    answers = [
        client.get(path, query_string={"text": TEXT}).get_json(),
        client.get(path, json={"text": TEXT}).get_json(),
        client.post(path, json={"text": TEXT}).get_json(),
        *client.post(f"{path}/batch", json={"texts": [TEXT]}).get_json()["answers"],
    ]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["model"], answers[0]["truncated"]) == (classifier.bundle.version, False)


@pytest.mark.parametrize("path", PATHS)
def test_batch_has_the_order_of_the_request(client, path):
    single = [client.post(path, json={"text": text}).get_json() for text in TEXTS]
    assert client.post(f"{path}/batch", json={"texts": TEXTS}).get_json() == {"answers": single}


@pytest.mark.parametrize("path", PATHS)
def test_long_text_is_marked_as_truncated(client, path):
    assert client.post(path, json={"text": "happy " * 200}).get_json()["truncated"] is True


@pytest.mark.parametrize("path", PATHS)
def test_text_of_control_characters_is_refused(client, path):
    assert client.post(path, json={"text": "\u0000\u0001"}).status_code == 422


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/tweets", "/tweets/analysis")])
def test_missing_task_lists_the_available_ones(emotion_client, path):
    for response in (
        emotion_client.get(path, query_string={"text": TEXT}),
        emotion_client.post(f"{path}/batch", json={"texts": TEXTS}),
    ):
        assert (response.status_code, response.get_json()["code"]) == (404, 404)
        assert response.get_json()["message"] == f"this bundle has no task {PATHS[path][0]!r}; it has emotion"


def test_resource_of_two_tasks_needs_both(client_of):
    response = client_of("offensive").get("/tweets/hate", query_string={"text": TEXT})
    assert (response.status_code, response.get_json()["message"].split("; ")[1]) == (404, "it has offensive")


@pytest.mark.parametrize("path", PATHS)
def test_answer_without_options_has_no_further_fields(client, path):
    options = {"language": False, "explain": False}
    plain = client.post(path, json={"text": TEXT})
    assert client.post(path, json={"text": TEXT, **options}).data == plain.data
    assert not {"language", "supported", "words"} & plain.get_json().keys()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("text", "language", "supported"),
    [("why is my train late again", "en", True), ("ich bin so wütend", "de", False), ("lol", None, True)],
)
def test_language_is_returned_on_request(client, path, text, language, supported):
    for answer in (
        client.get(path, query_string={"text": text, "language": "true"}).get_json(),
        client.post(path, json={"text": text, "language": True}).get_json(),
        client.post(f"{path}/batch", json={"texts": [text], "language": True}).get_json()["answers"][0],
    ):
        assert (answer.pop("language"), answer.pop("supported")) == (language, supported)
        assert answer == client.post(path, json={"text": text}).get_json()


def find_words(value):
    """Return every explanation in an answer."""
    if isinstance(value, list):
        return [words for item in value for words in find_words(item)]
    if not isinstance(value, dict):
        return []
    found = [words for name, words in value.items() if name == "words" and isinstance(words, list)]
    nested = value["words"].values() if isinstance(value.get("words"), dict) else []
    return [*found, *nested, *(words for name, item in value.items() if name != "words" for words in find_words(item))]


@pytest.mark.parametrize("path", PATHS)
def test_words_are_returned_on_request(client, path):
    for answer in (
        client.get(path, query_string={"text": TEXT, "explain": "true"}).get_json(),
        client.post(path, json={"text": TEXT, "explain": True}).get_json(),
        client.post(f"{path}/batch", json={"texts": [TEXT], "explain": True}).get_json()["answers"][0],
    ):
        explanations = find_words(answer)
        assert len(explanations) == len([task for task in PATHS[path] if task != "phrase"])
        for words in explanations:
            assert [word["text"] for word in words] == TEXT.split()
            assert all(TEXT[word["start"] : word["end"]] == word["text"] for word in words)
            assert all(-1 <= word["contribution"] <= 1 for word in words)


@pytest.mark.parametrize("path", PATHS)
def test_explanation_of_too_many_words_is_refused(client, app, monkeypatch, path):
    monkeypatch.setitem(app.config, "MAX_EXPLAINED_WORDS", 5)
    response = client.post(f"{path}/batch", json={"texts": ["so happy today"] * 2, "explain": True})
    assert response.status_code == 422
    assert response.get_json()["message"] == "the texts have 6 words to leave out; at most 5 can be explained at a time"
    assert client.post(path, json={"text": "so happy today", "explain": True}).status_code == 200


@pytest.mark.parametrize("option", ["language", "explain"])
@pytest.mark.parametrize("value", ["yes", 1, None])
def test_options_are_booleans(client, option, value):
    assert client.post("/tweets", json={"text": TEXT, option: value}).status_code == 422
