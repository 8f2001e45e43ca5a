"""Everything that a model says of tweets."""

import pytest

from emoji_api.tasks import EMOTION, TASKS

PATH = "/tweets/analysis"
TEXT = "😂 i feel SO happy &amp; proud today"


def answers(client, **arguments):
    return client.post(PATH, json={"text": TEXT, **arguments}).get_json()["answers"]


def test_all_that_the_model_has_by_default(client, emotion_client):
    assert list(answers(client)) == list(TASKS)
    assert list(answers(emotion_client)) == ["emotion"]


def test_answers_are_the_classifiers(client, classifier):
    found = classifier.analyse(TEXT)[0]
    shown = answers(client)
    for task in ("emotion", "sentiment", "hate", "finance_topic", "emojis"):
        assert (shown[task]["label"], shown[task]["confidence"]) == (
            found[task].label,
            round(found[task].confidence, 4),
        )
    assert shown["emotion"].keys() == {"label", "emoji", "confidence"}
    assert shown["hate"]["threshold"] == classifier.bundle.decision_rules["hate"].threshold
    assert shown["phrase"]["selected_text"] == TEXT[shown["phrase"]["start"] : shown["phrase"]["end"]]
    assert shown["phrase"]["sentiment"] == shown["sentiment"]["label"]


def test_only_what_is_wanted_in_the_order_that_it_is_wanted_in(client):
    assert list(answers(client, tasks=["phrase", "emotion"])) == ["phrase", "emotion"]
    query = client.get(PATH, query_string={"text": TEXT, "tasks": "phrase,emotion"})
    assert query.get_json()["answers"] == answers(client, tasks=["phrase", "emotion"])


def test_same_answer_as_the_resource_of_its_own(client):
    alone = client.get("/tweets", query_string={"text": TEXT}).get_json()
    assert answers(client)["emotion"]["confidence"] == alone["confidence"]
    assert answers(client)["emotion"]["emoji"] == alone["emoji"]


def test_all_scores_on_request(client):
    assert tuple(answers(client, scores=True)["emotion"]["scores"]) == EMOTION.labels
    assert "scores" not in answers(client)["emotion"]


@pytest.mark.parametrize(("tasks", "name"), [(["weather"], "weather"), (["emotion", ""], ""), (["😂"], "😂")])
def test_unknown_task_is_told_with_what_there_is(client, tasks, name):
    response = client.post(PATH, json={"text": TEXT, "tasks": tasks})
    assert response.status_code == 404
    assert response.get_json()["message"] == f"this bundle has no task {name!r}; it has {', '.join(sorted(TASKS))}"


def test_task_that_the_model_lacks(emotion_client):
    response = emotion_client.get(PATH, query_string={"text": TEXT, "tasks": "emotion,hate"})
    assert response.status_code == 404
    assert response.get_json()["message"] == "this bundle has no task 'hate'; it has emotion"


@pytest.mark.parametrize("tasks", [[], "emotion", None, [1], [None], {"emotion": True}])
def test_what_is_no_list_of_names(client, tasks):
    response = client.post(PATH, json={"text": TEXT, "tasks": tasks})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["tasks"])


def test_no_name_in_a_query(client):
    assert client.get(PATH, query_string={"text": TEXT, "tasks": ""}).status_code == 422
