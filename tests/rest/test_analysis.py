"""Answers of any or all tasks for tweets."""

import pytest

from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import EMOTION, TASKS

PATH = "/tweets/analysis"
TEXT = "😂 i feel SO happy &amp; proud today"


def answers(client, **arguments):
    return client.post(PATH, json={"text": TEXT, **arguments}).get_json()["answers"]


def test_default_is_all_tasks_of_the_model(client, emotion_client):
    assert list(answers(client)) == list(TASKS)
    assert list(answers(emotion_client)) == ["emotion"]


def test_answers_are_those_of_the_classifier(client, classifier):
    expected = classifier.analyse(TEXT)[0]
    shown = answers(client)
    for task in ("emotion", "sentiment", "hate", "finance_topic", "emojis"):
        assert (shown[task]["label"], shown[task]["confidence"]) == (
            expected[task].label,
            shown_probability(expected[task].confidence),
        )
    assert shown["emotion"].keys() == {"label", "emoji", "confidence"}
    assert shown["hate"]["threshold"] == classifier.bundle.decision_rules["hate"].threshold
    assert shown["phrase"]["selected_text"] == TEXT[shown["phrase"]["start"] : shown["phrase"]["end"]]
    assert shown["phrase"]["sentiment"] == shown["sentiment"]["label"]


def test_tasks_are_answered_in_the_requested_order(client):
    assert list(answers(client, tasks=["phrase", "emotion"])) == ["phrase", "emotion"]


@pytest.mark.parametrize(
    "query", ["tasks=phrase,emotion,hate", "tasks=phrase&tasks=emotion&tasks=hate", "tasks=phrase,emotion&tasks=hate"]
)
def test_tasks_in_a_query_are_separated_by_commas_or_repeated(client, query):
    answered = client.get(f"{PATH}?text=happy&{query}").get_json()["answers"]
    body = {"text": "happy", "tasks": ["phrase", "emotion", "hate"]}
    assert answered == client.post(PATH, json=body).get_json()["answers"]
    assert list(answered) == ["phrase", "emotion", "hate"]


@pytest.mark.parametrize("query", ["text=happy&text=sad", "text=happy&scores=true&scores=true"])
def test_other_parameters_cannot_be_repeated(client, query):
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 422
    assert list(response.get_json()["errors"]["query"].values()) == [["Given more than once."]]


def test_analysis_and_single_task_resource_agree(client):
    alone = client.get("/tweets", query_string={"text": TEXT}).get_json()
    assert answers(client)["emotion"]["confidence"] == alone["confidence"]
    assert answers(client)["emotion"]["emoji"] == alone["emoji"]


def test_scores_are_returned_on_request(client):
    assert tuple(answers(client, scores=True)["emotion"]["scores"]) == EMOTION.labels
    assert "scores" not in answers(client)["emotion"]


@pytest.mark.parametrize(("tasks", "name"), [(["weather"], "weather"), (["emotion", ""], ""), (["😂"], "😂")])
def test_unknown_task_lists_the_known_ones(client, tasks, name):
    response = client.post(PATH, json={"text": TEXT, "tasks": tasks})
    assert response.status_code == 404
    assert response.get_json()["message"] == f"this bundle has no task {name!r}; it has {', '.join(sorted(TASKS))}"


def test_task_missing_in_the_model_is_404(emotion_client):
    response = emotion_client.get(PATH, query_string={"text": TEXT, "tasks": "emotion,hate"})
    assert response.status_code == 404
    assert response.get_json()["message"] == "this bundle has no task 'hate'; it has emotion"


@pytest.mark.parametrize("tasks", [[], "emotion", None, [1], [None], {"emotion": True}])
def test_tasks_must_be_a_list_of_strings(client, tasks):
    response = client.post(PATH, json={"text": TEXT, "tasks": tasks})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["tasks"])


def test_empty_tasks_in_a_query_are_refused(client):
    assert client.get(PATH, query_string={"text": TEXT, "tasks": ""}).status_code == 422


def test_emotion_may_be_none_on_request(neutral_client):
    body = {"text": "i feel so happy today", "tasks": ["emotion", "sentiment"], "neutral": True}
    answers = neutral_client.post("/tweets/analysis", json=body).get_json()["answers"]
    assert (answers["emotion"]["label"], answers["emotion"]["emoji"]) == ("none", "😐")
    del body["neutral"]
    assert answers["sentiment"] == neutral_client.post("/tweets/analysis", json=body).get_json()["answers"]["sentiment"]
