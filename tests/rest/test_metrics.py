"""Metrics for Prometheus."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from emoji_api.tasks import TASKS


@pytest.fixture
def metric(client):
    """Return a function that reads a metric from `/metrics`, summed over the series with the given labels."""

    def read(name, **labels):
        families = text_string_to_metric_families(client.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    return read


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("/tweets?text=happy", {"method": "GET", "route": "/tweets", "status": "200"}),
        ("/tweets?text=", {"method": "GET", "route": "/tweets", "status": "422"}),
        ("/made/up", {"method": "GET", "route": "none", "status": "404"}),
        ("/swagger-ui/swagger-ui.css", {"method": "GET", "route": "/swagger-ui/<path:name>", "status": "200"}),
    ],
)
def test_requests_are_counted_by_route_and_status(client, metric, path, labels):
    before = metric("emoji_api_request_duration_seconds_count", **labels)
    client.get(path).close()
    assert metric("emoji_api_request_duration_seconds_count", **labels) == before + 1


def test_requests_are_timed(client, metric):
    before = metric("emoji_api_request_duration_seconds_sum", route="/tweets")
    started = time.perf_counter()
    client.get("/tweets?text=happy")
    elapsed = time.perf_counter() - started
    assert 0 < metric("emoji_api_request_duration_seconds_sum", route="/tweets") - before <= elapsed


def test_unknown_methods_share_one_series(client, metric):
    before = metric("emoji_api_request_duration_seconds_count", method="other")
    client.open("/tweets", method="BREW")
    client.open("/tweets", method="BOIL")
    assert metric("emoji_api_request_duration_seconds_count", method="other") == before + 2


def test_predictions_are_counted_by_label(client, metric):
    before = metric("emoji_api_predictions_total", task="emotion", label="joy")
    client.post("/tweets/batch", json={"texts": ["happy", "so proud", "scared"]})
    assert metric("emoji_api_predictions_total", task="emotion", label="joy") == before + 2


@pytest.mark.parametrize("path", ["/tweets/batch", "/tweets/analysis/batch"])
def test_truncated_texts_are_counted_once(client, metric, path):
    before = metric("emoji_api_truncated_texts_total")
    client.post(path, json={"texts": ["happy " * 100, "happy"]})
    assert metric("emoji_api_truncated_texts_total") == before + 1


def test_all_tasks_of_an_analysis_are_counted(client, metric):
    before = {task: metric("emoji_api_predictions_total", task=task) for task in TASKS}
    client.get("/tweets/analysis?text=happy")
    assert {task: metric("emoji_api_predictions_total", task=task) for task in TASKS} == {
        task: count + 1 for task, count in before.items()
    }


def test_sentiment_predicted_for_a_phrase_is_not_counted(client, metric):
    before = metric("emoji_api_predictions_total", task="sentiment")
    client.get("/tweets/analysis?text=happy&tasks=phrase")
    assert metric("emoji_api_predictions_total", task="sentiment") == before


def test_phrases_are_counted_by_sentiment(client, metric):
    before = metric("emoji_api_predictions_total", task="phrase", label="negative")
    client.get("/tweets/sentiment?text=happy&sentiment=negative")
    assert metric("emoji_api_predictions_total", task="phrase", label="negative") == before + 1


def test_confidence_is_counted_by_task(client, metric):
    names = "emoji_api_confidence_count", "emoji_api_confidence_sum"
    before = [metric(name, task="emotion") for name in names]
    answer = client.get("/tweets?text=happy").get_json()
    after = [metric(name, task="emotion") for name in names]
    assert after[0] == before[0] + 1
    assert after[1] - before[1] == pytest.approx(answer["confidence"], abs=1e-4)


@pytest.mark.parametrize(("name", "value"), [("emoji_api_text_tokens", 5), ("emoji_api_unknown_tokens_share", 1 / 3)])
def test_lengths_and_unknown_tokens_are_observed(client, metric, name, value):
    before = metric(f"{name}_count"), metric(f"{name}_sum")
    client.post("/tweets/analysis", json={"text": "i feel 漢"})
    assert metric(f"{name}_count") == before[0] + 1
    assert metric(f"{name}_sum") - before[1] == pytest.approx(value)


def test_feedback_is_not_observed(client, metric):
    before = metric("emoji_api_text_tokens_count")
    client.post("/feedback", json={"text": "i feel sad", "task": "emotion", "label": "sadness"})
    assert metric("emoji_api_text_tokens_count") == before


def test_served_model_has_a_series(client, metric):
    version = client.get("/models").get_json()["version"]
    assert metric("emoji_api_model_info", version=version, engine="onnx") == 1


def test_texts_in_other_languages_are_counted_if_the_language_is_asked_for(client, metric):
    before = metric("emoji_api_unsupported_language_texts_total", language="de")
    texts = ["ich bin so wütend", "why is my train late again", "lol"]
    client.post("/tweets/batch", json={"texts": texts, "language": True})
    client.post("/tweets/batch", json={"texts": texts})
    assert metric("emoji_api_unsupported_language_texts_total", language="de") == before + 1
    assert metric("emoji_api_unsupported_language_texts_total", language="en") == 0


def test_text_without_an_emotion_is_counted_under_the_predicted_one(neutral_client):
    def value(name):
        lines = neutral_client.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    neutral_client.post("/tweets", json={"text": "happy", "neutral": True})
    assert value("emoji_api_no_emotion_texts_total") == 1
    assert value('emoji_api_predictions_total{label="joy",task="emotion"}') == 1
    assert value('emoji_api_predictions_total{label="none"') == 0


def test_explanation_does_not_count_as_answers(client, metric):
    before = metric("emoji_api_text_tokens_count"), metric("emoji_api_predictions_total", task="emotion")
    client.post("/tweets", json={"text": "so happy today", "explain": True})
    after = metric("emoji_api_text_tokens_count"), metric("emoji_api_predictions_total", task="emotion")
    assert after == (before[0] + 1, before[1] + 1)
