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
