"""The emoji that people would put under tweets."""

import numpy as np
import pytest

from emoji_api.tasks import EMOJIS

PATH = "/tweets/emojis"
TEXT = "i feel so happy today"


def emojis(client, **arguments):
    return client.post(PATH, json={"text": TEXT, **arguments}).get_json()["emojis"]


def test_five_unless_asked(client):
    assert len(emojis(client)) == 5


def test_all_are_the_classifiers_the_likeliest_first(client, classifier):
    answers = emojis(client, top=20)
    scores = classifier.analyse(TEXT, "emojis")[0]["emojis"].scores
    assert {answer["emoji"]: answer["score"] for answer in answers} == {
        emoji: round(score, 4) for emoji, score in scores.items()
    }
    assert [answer["score"] for answer in answers] == sorted((answer["score"] for answer in answers), reverse=True)


def test_one_is_chosen_which_may_not_be_the_likeliest(client, classifier):
    texts = [TEXT, "we are so angry", "love", "a day with you"]
    found = [client.post(PATH, json={"text": text, "top": 1}).get_json() for text in texts]
    answers = [answer["emojis"] for answer in classifier.analyse(texts, "emojis")]
    assert [answer["emoji"] for answer in found] == [answer.label for answer in answers]
    decision = classifier.bundle.decision_rules["emojis"]
    for answer in answers:
        scores = np.array([answer.scores[label] for label in EMOJIS.labels])
        assert EMOJIS.labels.index(answer.label) == decision(scores)


@pytest.mark.parametrize("top", [1, 7, len(EMOJIS.labels)])
def test_as_many_as_asked(client, top):
    assert len(emojis(client, top=top)) == top
    assert client.get(f"{PATH}?text={TEXT}&top={top}").get_json()["emojis"] == emojis(client, top=top)


@pytest.mark.parametrize("top", [0, 21, -1, 2.5, "3", True, None, [3], 10**400])
def test_no_such_number(client, top):
    response = client.post(PATH, json={"text": TEXT, "top": top})
    assert (response.status_code, list(response.get_json()["errors"]["json"])) == (422, ["top"])


@pytest.mark.parametrize("word", ["0", "21", "2.0", "", "three", "1_0"])
def test_no_such_number_in_a_query(client, word):
    response = client.get(PATH, query_string={"text": TEXT, "top": word})
    assert (response.status_code, list(response.get_json()["errors"]["query"])) == (422, ["top"])
