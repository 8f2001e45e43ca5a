"""Hate speech and offensive language in tweets."""

import pytest

from emoji_api.inference.answers import shown_probability

PATH = "/tweets/hate"


@pytest.mark.parametrize("text", ["i feel happy", "so furious about you", "i am proud, angry and annoyed"])
def test_answer_is_that_of_the_classifier(client, classifier, text):
    (expected,) = classifier.analyse(text, ["hate", "offensive"])
    answer = client.get(PATH, query_string={"text": text}).get_json()
    assert set(answer) == {"hate", "offensive", "truncated", "model"}
    for task in ("hate", "offensive"):
        assert answer[task] == {
            "answer": expected[task].label == task,
            "score": shown_probability(expected[task].scores[task]),
            "threshold": classifier.bundle.decision_rules[task].threshold,
        }


def test_answer_is_yes_from_the_threshold(client):
    texts = ["i feel happy and proud", "so furious about you", "annoyed, furious and angry"]
    answers = client.post(f"{PATH}/batch", json={"texts": texts}).get_json()["answers"]
    assert {answer["offensive"]["answer"] for answer in answers} == {True, False}
    for answer in answers:
        assert answer["hate"]["answer"] is (answer["hate"]["score"] >= answer["hate"]["threshold"])


def test_scores_is_not_a_parameter(client):
    assert client.post(PATH, json={"text": "happy", "scores": True}).status_code == 422
