"""Feedback over HTTP: what is received, refused, and kept when things break."""

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
RIGHT = {"text": TEXT, "task": "emotion", "label": "joy", "consent": True}


@pytest.fixture
def client_on(tiny_bundle):
    """A client of the tiny model with the database at an address."""

    def make(url):
        return create_app({"MODEL_PATH": str(tiny_bundle), "DATABASE_URL": url}).test_client()

    return make


@pytest.fixture
def client(client_on, tmp_path):
    return client_on(f"sqlite:///{tmp_path}/file.db")


def kept(url):
    """The texts and ids in the database, read without the service."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            return connection.execute("SELECT text, id FROM feedback").fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT text, id FROM feedback").fetchall()


def test_feedback_is_kept(client_on, database_url):
    response = client_on(database_url).post("/feedback", json=RIGHT)
    assert (response.status_code, response.get_json()) == (201, {"id": 1})
    assert kept(database_url) == [(TEXT, 1)]


def test_a_duplicate_has_the_id_of_the_first(client_on, database_url):
    client = client_on(database_url)
    answers = [client.post("/feedback", json=RIGHT) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.get_json()["id"] for answer in answers} == {1}


@pytest.mark.parametrize("consent", [{}, {"consent": False}])
def test_no_text_is_kept_unless_it_may(client, tmp_path, consent):
    body = {name: value for name, value in RIGHT.items() if name != "consent"}
    assert client.post("/feedback", json=body | consent).status_code == 201
    assert TEXT.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("file.db*"))
    assert kept(f"sqlite:///{tmp_path}/file.db") == [(None, 1)]


def test_unknown_label_is_told_those_that_there_are(client):
    response = client.post("/feedback", json=RIGHT | {"label": "glee"})
    assert response.status_code == 422
    assert "emotion has no label 'glee'; it has sadness, joy, love" in response.get_json()["message"]


def test_label_is_one_of_the_task(client):
    assert client.post("/feedback", json=RIGHT | {"label": "positive"}).status_code == 422
    assert client.post("/feedback", json=RIGHT | {"label": "positive", "task": "sentiment"}).status_code == 201


def test_task_that_the_model_lacks(emotion_client):
    response = emotion_client.post("/feedback", json=RIGHT | {"task": "hate", "label": "hate"})
    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "this bundle has no task 'hate'; it has emotion",
    )


def test_phrase_is_told_what_to_send(client):
    response = client.post("/feedback", json=RIGHT | {"task": "phrase", "label": "positive"})
    assert response.status_code == 422
    assert "send the sentiment" in response.get_json()["errors"]["json"]["task"][0]


@pytest.mark.parametrize(
    "wrong",
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
def test_what_is_refused(client, tmp_path, wrong):
    assert client.post("/feedback", json=RIGHT | wrong).status_code == 422
    assert not (tmp_path / "file.db").exists()


@pytest.mark.parametrize("name", ["text", "task", "label"])
def test_what_is_missing(client, name):
    response = client.post("/feedback", json={key: value for key, value in RIGHT.items() if key != name})
    assert response.get_json()["errors"]["json"] == {name: ["Missing data for required field."]}


def test_half_a_surrogate_pair_is_refused(client):
    body = '{"text": "\\ud83d", "task": "emotion", "label": "joy"}'
    assert client.post("/feedback", data=body, content_type="application/json").status_code == 422


def test_without_a_database_all_else_is_answered(client_on):
    client = client_on("postgresql://nobody@127.0.0.1:1/nothing")
    for _ in range(2):
        response = client.post("/feedback", json=RIGHT)
        assert (response.status_code, response.get_json()["message"]) == (
            503,
            "the database cannot be used now; try again later",
        )
        assert int(response.headers["Retry-After"]) > 0
    assert client.get("/tweets?text=happy").status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_without_a_model_there_are_no_labels_to_compare_with(broken_client):
    assert broken_client.post("/feedback", json=RIGHT).status_code == 503


def test_each_text_is_counted_once(client):
    for _ in range(2):
        client.post("/feedback", json=RIGHT)
    assert 'emoji_api_feedback_total{label="joy",task="emotion"} 1.0' in client.get("/metrics").text


def test_duplicates_that_two_workers_receive_at_once_are_one_row(tiny_bundle, database_url, tmp_path):
    settings = {"EMOJI_API_MODEL_PATH": str(tiny_bundle), "EMOJI_API_DATABASE_URL": database_url}
    with serve(tmp_path / "log", EMOJI_API_WORKERS="2", **settings) as server, ThreadPoolExecutor(8) as pool:

        def send(number):
            # a connection each: any worker may get it
            return httpx.post(f"{server.url}/feedback", json=RIGHT | {"text": f"so happy {number % 4}"}, timeout=60)

        answers = list(pool.map(send, range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 36 + [201] * 4
    assert sorted(text for text, _ in kept(database_url)) == [f"so happy {number}" for number in range(4)]


def test_what_was_answered_is_kept_when_a_worker_is_killed(tiny_bundle, tmp_path):
    url = f"sqlite:///{tmp_path}/file.db"
    settings = {"EMOJI_API_MODEL_PATH": str(tiny_bundle), "EMOJI_API_DATABASE_URL": url, "EMOJI_API_WORKERS": "1"}
    with serve(tmp_path / "log", **settings) as server, ThreadPoolExecutor(4) as pool:

        def send(number):
            try:
                response = httpx.post(f"{server.url}/feedback", json=RIGHT | {"text": f"happy {number}"}, timeout=60)
            except httpx.TransportError:  # it was in the worker that died
                return None
            return (f"happy {number}", response.json()["id"]) if response.status_code == 201 else None

        first = send(0)
        sent = pool.map(send, range(1, 200))
        (worker,) = (int(child) for child in children(server.process.pid))
        os.kill(worker, signal.SIGKILL)
        answered = [first, *(answer for answer in sent if answer)]
    assert "SIGKILL" in (tmp_path / "log").read_text()
    assert len(answered) > 100
    assert set(answered) <= set(kept(url))


def children(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        return file.read().split()
