"""What every question about tweets has in common."""

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
def test_query_body_and_batch_are_answered_alike(client, classifier, path):
    answers = [
        client.get(path, query_string={"text": TEXT}).get_json(),
        client.get(path, json={"text": TEXT}).get_json(),
        client.post(path, json={"text": TEXT}).get_json(),
        *client.post(f"{path}/batch", json={"texts": [TEXT]}).get_json()["answers"],
    ]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["model"], answers[0]["truncated"]) == (classifier.bundle.version, False)


@pytest.mark.parametrize("path", PATHS)
def test_batch_is_answered_in_order(client, path):
    alone = [client.post(path, json={"text": text}).get_json() for text in TEXTS]
    assert client.post(f"{path}/batch", json={"texts": TEXTS}).get_json() == {"answers": alone}


@pytest.mark.parametrize("path", PATHS)
def test_long_text_is_answered_and_marked(client, path):
    assert client.post(path, json={"text": "happy " * 200}).get_json()["truncated"] is True


@pytest.mark.parametrize("path", PATHS)
def test_control_characters_alone_are_refused(client, path):
    assert client.post(path, json={"text": "\u0000\u0001"}).status_code == 422


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/tweets", "/tweets/analysis")])
def test_what_the_model_lacks_is_told_with_what_it_has(emotion_client, path):
    for response in (
        emotion_client.get(path, query_string={"text": TEXT}),
        emotion_client.post(f"{path}/batch", json={"texts": TEXTS}),
    ):
        assert (response.status_code, response.get_json()["code"]) == (404, 404)
        assert response.get_json()["message"] == f"this bundle has no task {PATHS[path][0]!r}; it has emotion"


def test_half_of_a_resource_is_not_enough(client_of):
    response = client_of("offensive").get("/tweets/hate", query_string={"text": TEXT})
    assert (response.status_code, response.get_json()["message"].split("; ")[1]) == (404, "it has offensive")
