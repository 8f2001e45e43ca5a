"""The emoji that people would put under tweets."""

import numpy as np
import pytest

from emoji_api.inference.answers import shown_probability
from emoji_api.tasks import EMOJIS

PATH = "/tweets/emojis"
TEXT = "i feel so happy today"


def emojis(client, **arguments):
    return client.post(PATH, json={"text": TEXT, **arguments}).get_json()["emojis"]


def test_default_number_of_emoji_is_five(client):
    assert len(emojis(client)) == 5


def test_scores_are_those_of_the_classifier_most_probable_first(client, classifier):
    answers = emojis(client, top=20)
    scores = classifier.analyse(TEXT, "emojis")[0]["emojis"].scores
    assert {answer["emoji"]: answer["score"] for answer in answers} == {
        emoji: shown_probability(score) for emoji, score in scores.items()
    }
    assert [answer["score"] for answer in answers] == sorted((answer["score"] for answer in answers), reverse=True)


def test_emoji_is_chosen_by_the_decision_rule(client, classifier):
    texts = [TEXT, "we are so angry", "love", "a day with you"]
    documents = [client.post(PATH, json={"text": text, "top": 1}).get_json() for text in texts]
    answers = [answer["emojis"] for answer in classifier.analyse(texts, "emojis")]
    assert [document["emoji"] for document in documents] == [answer.label for answer in answers]
    decision_rule = classifier.bundle.decision_rules["emojis"]
    for answer in answers:
        scores = np.array([answer.scores[label] for label in EMOJIS.labels])
        assert EMOJIS.labels.index(answer.label) == decision_rule(scores)


@pytest.mark.parametrize("top", [1, 7, len(EMOJIS.labels)])
def test_top_is_the_number_of_emoji(client, top):
    assert len(emojis(client, top=top)) == top
    assert client.get(f"{PATH}?text={TEXT}&top={top}").get_json()["emojis"] == emojis(client, top=top)


@pytest.mark.parametrize("top", [0, 21, -1, 2.5, "3", True, None, [3], 10**400])
def test_invalid_top_is_refused(client, top):
    response = client.post(PATH, json={"text": TEXT, "top": top})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["top"])


@pytest.mark.parametrize("value", ["0", "21", "2.0", "", "three", "1_0"])
def test_invalid_top_in_a_query_is_refused(client, value):
    response = client.get(PATH, query_string={"text": TEXT, "top": value})
    assert (response.status_code, list(response.get_json()["errors"]["query"])) == (422, ["top"])
