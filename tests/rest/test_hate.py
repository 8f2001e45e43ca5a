"""Whether tweets are hateful or offensive."""

import pytest

PATH = "/tweets/hate"


@pytest.mark.parametrize("text", ["i feel happy", "so furious about you", "i am proud, angry and annoyed"])
def test_answer_is_the_classifiers(client, classifier, text):
    (found,) = classifier.analyse(text, ["hate", "offensive"])
    answer = client.get(PATH, query_string={"text": text}).get_json()
    assert set(answer) == {"hate", "offensive", "truncated", "model"}
    for task in ("hate", "offensive"):
        assert answer[task] == {
            "answer": found[task].label == task,
            "score": round(found[task].scores[task], 4),
            "threshold": classifier.bundle.decision_rules[task].threshold,
        }


def test_both_answers_are_given_somewhere(client):
    texts = ["i feel happy and proud", "so furious about you", "annoyed, furious and angry"]
    answers = client.post(f"{PATH}/batch", json={"texts": texts}).get_json()["answers"]
    assert {answer["offensive"]["answer"] for answer in answers} == {True, False}
    for answer in answers:
        assert answer["hate"]["answer"] is (answer["hate"]["score"] >= answer["hate"]["threshold"])


def test_there_are_no_scores_to_ask_for(client):
    assert client.post(PATH, json={"text": "happy", "scores": True}).status_code == 422
