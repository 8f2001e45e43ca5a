"""One tweet or many: what is answered."""

import pytest

from emoji_api.tasks import EMOTION, EMOTION_EMOJI

TEXT = "i feel so happy today"
TEXTS = [TEXT, "i am scared", "this day is sad 😢", "furious about you"]


def ask(client, how, text, **options):
    if how == "query":
        words = {name: str(value).lower() for name, value in options.items()}
        return client.get("/tweets", query_string={"text": text, **words})
    return client.open("/tweets", method=how, json={"text": text, **options})


@pytest.mark.parametrize("how", ["query", "GET", "POST"])
@pytest.mark.parametrize("text", TEXTS)
def test_answer_is_the_classifiers(client, classifier, how, text):
    expected = classifier.classify(text)[0]
    assert ask(client, how, text).get_json() == {
        "emoji": expected.emoji,
        "confidence": round(expected.confidence, 4),
        "emotion": expected.label,
        "truncated": False,
        "model": classifier.bundle.version,
    }


def test_emoji_is_written_as_itself(client):
    response = ask(client, "query", TEXT)
    assert response.content_type == "application/json"
    assert response.data.decode("utf-8").startswith(f'{{"emoji":"{EMOTION_EMOJI["joy"]}"')


@pytest.mark.parametrize("how", ["query", "GET", "POST"])
def test_all_scores_on_request(client, how):
    answer = ask(client, how, TEXT, scores=True).get_json()
    assert tuple(answer["scores"]) == EMOTION.labels
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=0.001)
    assert answer["scores"][answer["emotion"]] == answer["confidence"] == max(answer["scores"].values())


@pytest.mark.parametrize("how", ["query", "GET", "POST"])
def test_no_scores_unless_asked(client, how):
    assert "scores" not in ask(client, how, TEXT, scores=False).get_json()


def test_long_text_is_answered_and_marked(client):
    answer = ask(client, "POST", "happy " * 200).get_json()
    assert (answer["emotion"], answer["truncated"]) == ("joy", True)


def test_batch_is_answered_in_order(client):
    answers = client.post("/tweets/batch", json={"texts": TEXTS}).get_json()["answers"]
    assert [answer["emotion"] for answer in answers] == ["joy", "fear", "sadness", "anger"]


def test_batch_with_scores(client):
    answers = client.post("/tweets/batch", json={"texts": TEXTS, "scores": True}).get_json()["answers"]
    assert all(tuple(answer["scores"]) == EMOTION.labels for answer in answers)


def test_batch_of_the_most_texts(client, app):
    most = app.config["MAX_BATCH_SIZE"]
    response = client.post("/tweets/batch", json={"texts": [TEXT] * most})
    assert len(response.get_json()["answers"]) == most
