"""Feedback over HTTP: validation, storage, and durability."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from emoji_api.app import create_app
from tests.server import serve

TEXT = "so happy today 😂"
CORRECT = {"text": TEXT, "task": "emotion", "label": "joy", "consent": True}


@pytest.fixture
def client_on(tiny_bundle):
    """Return a function that makes a client of the tiny model with the database at a URL."""

    def make(url):
        return create_app({"MODEL_PATH": str(tiny_bundle), "DATABASE_URL": url}).test_client()

    return make


@pytest.fixture
def client(client_on, tmp_path):
    return client_on(f"sqlite:///{tmp_path}/file.db")


def stored(url):
    """Return the texts and ids in the database, read without the service."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            return connection.execute("SELECT text, id FROM feedback").fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT text, id FROM feedback").fetchall()


def test_feedback_is_stored(client_on, database_url):
    response = client_on(database_url).post("/feedback", json=CORRECT)
    assert (response.status_code, response.get_json()) == (201, {"id": 1})
    assert stored(database_url) == [(TEXT, 1)]


def test_duplicate_has_the_id_of_the_first(client_on, database_url):
    client = client_on(database_url)
    answers = [client.post("/feedback", json=CORRECT) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.get_json()["id"] for answer in answers} == {1}


@pytest.mark.parametrize("consent", [{}, {"consent": False}])
def test_text_is_stored_only_with_consent(client, tmp_path, consent):
    body = {name: value for name, value in CORRECT.items() if name != "consent"}
    assert client.post("/feedback", json=body | consent).status_code == 201
    assert TEXT.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("file.db*"))
    assert stored(f"sqlite:///{tmp_path}/file.db") == [(None, 1)]


def test_unknown_label_lists_the_known_ones(client):
    response = client.post("/feedback", json=CORRECT | {"label": "glee"})
    assert response.status_code == 422
    assert "emotion has no label 'glee'; it has sadness, joy, love" in response.get_json()["message"]


def test_label_must_be_one_of_the_task(client):
    assert client.post("/feedback", json=CORRECT | {"label": "positive"}).status_code == 422
    assert client.post("/feedback", json=CORRECT | {"label": "positive", "task": "sentiment"}).status_code == 201


def test_task_missing_in_the_model_is_404(emotion_client):
    response = emotion_client.post("/feedback", json=CORRECT | {"task": "hate", "label": "hate"})
    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "this bundle has no task 'hate'; it has emotion",
    )


def test_phrase_is_refused_with_advice(client):
    response = client.post("/feedback", json=CORRECT | {"task": "phrase", "label": "positive"})
    assert response.status_code == 422
    assert "Send the correct sentiment" in response.get_json()["errors"]["json"]["task"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": " "},
        {"text": "x" * 5001},
        {"text": "nul \0"},
        {"text": "\u200b"},
        {"text": 7},
        {"text": None},
        {"task": None},
        {"label": ["joy"]},
        {"consent": "yes"},
        {"consent": None},
        {"request_id": "a b"},
        {"request_id": "a\n"},
        {"request_id": "x" * 65},
        {"state": "accepted"},
        {"id": 1},
    ],
)
def test_invalid_field_is_refused(client, tmp_path, change):
    assert client.post("/feedback", json=CORRECT | change).status_code == 422
    assert not (tmp_path / "file.db").exists()


@pytest.mark.parametrize("name", ["text", "task", "label"])
def test_missing_field_is_reported(client, name):
    response = client.post("/feedback", json={key: value for key, value in CORRECT.items() if key != name})
    assert response.get_json()["errors"]["json"] == {name: ["Missing data for required field."]}


def test_lone_surrogate_is_refused(client):
    body = '{"text": "\\ud83d", "task": "emotion", "label": "joy"}'
    assert client.post("/feedback", data=body, content_type="application/json").status_code == 422


def test_without_a_database_everything_else_is_answered(client_on):
    client = client_on("postgresql://nobody@127.0.0.1:1/nothing")
    for _ in range(2):
        response = client.post("/feedback", json=CORRECT)
        assert (response.status_code, response.get_json()["message"]) == (
            503,
            "the database cannot be used now; try again later",
        )
        assert int(response.headers["Retry-After"]) > 0
    assert client.get("/tweets?text=happy").status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_without_a_model_feedback_is_unavailable(broken_client):
    assert broken_client.post("/feedback", json=CORRECT).status_code == 503


def test_metrics_count_each_text_once(client):
    for _ in range(2):
        client.post("/feedback", json=CORRECT)
    assert 'emoji_api_feedback_total{label="joy",task="emotion"} 1.0' in client.get("/metrics").text


def test_concurrent_duplicates_in_two_workers_are_stored_once(tiny_bundle, database_url, tmp_path):
    settings = {"EMOJI_API_MODEL_PATH": str(tiny_bundle), "EMOJI_API_DATABASE_URL": database_url}
    with serve(tmp_path / "log", EMOJI_API_WORKERS="2", **settings) as server, ThreadPoolExecutor(8) as pool:

        def send(number):
            # one connection per request, so that both workers get some
            return httpx.post(f"{server.url}/feedback", json=CORRECT | {"text": f"so happy {number % 4}"}, timeout=60)

        answers = list(pool.map(send, range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 36 + [201] * 4
    assert sorted(text for text, _ in stored(database_url)) == [f"so happy {number}" for number in range(4)]


def test_acknowledged_feedback_survives_a_killed_worker(tiny_bundle, tmp_path):
    url = f"sqlite:///{tmp_path}/file.db"
    settings = {"EMOJI_API_MODEL_PATH": str(tiny_bundle), "EMOJI_API_DATABASE_URL": url, "EMOJI_API_WORKERS": "1"}
    with serve(tmp_path / "log", **settings) as server, ThreadPoolExecutor(4) as pool:

        def send(number):
            try:
                response = httpx.post(f"{server.url}/feedback", json=CORRECT | {"text": f"happy {number}"}, timeout=60)
            except httpx.TransportError:  # the request was in the killed worker
                return None
            return (f"happy {number}", response.json()["id"]) if response.status_code == 201 else None

        first = send(0)
        sent = pool.map(send, range(1, 200))
        (worker,) = (int(child) for child in children(server.process.pid))
        os.kill(worker, signal.SIGKILL)
        answered = [first, *(answer for answer in sent if answer)]
    assert "SIGKILL" in (tmp_path / "log").read_text()
    assert len(answered) > 100
    assert set(answered) <= set(stored(url))


def children(process):
    """Return the process ids of the children of `process`."""
    with open(f"/proc/{process}/task/{process}/children") as file:
        return file.read().split()
