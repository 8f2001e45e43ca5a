"""Labelling over HTTP: the queue, labels, undo and accuracy, and who may use them."""

import pytest
import schemathesis
from schemathesis import GenerationMode

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.watch import store
from tests.rest.conftest import ADMIN_KEY
from tests.rest.test_openapi import drive
from tests.watched import add_company

WATCH_KEY = "a-watch-key-of-the-tests"
URL = "/companies/Nimbus"
TEXTS = [f"text {number}" for number in range(24)]


@pytest.fixture
def database(tmp_path):
    """A database with posts about two companies."""
    database = Database(f"sqlite:///{tmp_path}/file.db")
    add_company(database, "Nimbus", TEXTS)
    add_company(database, "A B & ü", ["hello"])
    yield database
    database.close()


@pytest.fixture
def client_with(tiny_bundle, database):
    """Return a function that makes a client of the tiny model with the given settings."""

    def make(**settings):
        config = {"MODEL_PATH": str(tiny_bundle), "DATABASE_URL": database.url, "ADMIN_KEYS": [ADMIN_KEY]}
        return create_app(config | settings).test_client()

    return make


@pytest.fixture
def client(client_with, admin_headers):
    """A client that sends the admin key."""
    client = client_with()
    client.environ_base["HTTP_AUTHORIZATION"] = admin_headers["Authorization"]
    return client


def queued(client, **query):
    return client.get(f"{URL}/queue", query_string=query).get_json()["posts"]


def send(client, post, label="neutral", **more):
    return client.post(f"{URL}/labels", json={"post": post, "label": label, **more})


def test_queue_has_posts_without_the_answers_of_the_model(client):
    answer = client.get(f"{URL}/queue").get_json()
    assert (answer["task"], answer["labels"]) == ("sentiment", ["negative", "neutral", "positive"])
    assert answer["tasks"] == ["sentiment", "emotion", "offensive", "hate"]
    assert len(answer["posts"]) == 20
    assert set(answer["posts"][0]) == {"id", "text", "time", "link", "drawn"}
    assert {post["drawn"] for post in answer["posts"]} == {"random", "uncertain"}
    assert len(queued(client, limit=3)) == 3
    assert client.get(f"{URL}/queue?task=emotion").get_json()["labels"][0] == "sadness"


def test_name_of_a_company_is_quoted_in_the_path(client):
    response = client.get("/companies/A%20B%20%26%20%C3%BC/queue")
    assert [post["text"] for post in response.get_json()["posts"]] == ["hello"]


def test_label_is_stored_and_can_be_undone(client):
    post = queued(client)[0]
    response = send(client, post["id"], "positive")
    stored = response.get_json()
    assert response.status_code == 201
    expected = {"post": post["id"], "task": "sentiment", "label": "positive", "drawn": post["drawn"]}
    assert stored.items() >= (expected | {"predicted": "neutral", "model_version": "first"}).items()
    assert post["id"] not in [queued["id"] for queued in queued(client, limit=100)]
    assert client.delete(f"{URL}/labels/{stored['id']}").status_code == 204
    assert post["id"] in [queued["id"] for queued in queued(client, limit=100)]
    again = client.delete(f"{URL}/labels/{stored['id']}")
    assert (again.status_code, again.get_json()["message"]) == (
        404,
        f"Nimbus has no label {stored['id']}; it may have been undone",
    )


def test_skip_is_a_label_of_null(client):
    post = queued(client)[0]["id"]
    assert send(client, post, None).get_json()["label"] is None
    assert len(queued(client, limit=100)) == len(TEXTS) - 1


def test_second_label_is_a_conflict(client):
    post = queued(client)[0]["id"]
    assert [send(client, post, label).status_code for label in ("positive", "negative", None)] == [201, 409, 409]
    assert send(client, post, "joy", task="emotion").status_code == 201


def test_forgotten_post_is_404(client, database):
    post = queued(client)[0]
    with database.session() as session:
        store.forget_post(session, store.get_company(session, "Nimbus"), post["link"].rpartition("/")[2])
    assert send(client, post["id"]).status_code == 404


def test_post_of_another_company_is_404(client):
    post = client.get("/companies/A%20B%20%26%20%C3%BC/queue").get_json()["posts"][0]["id"]
    assert send(client, post).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"label": "joy"},
        {"label": ""},
        {"label": 1},
        {"post": "1"},
        {"post": 0},
        {"post": 2**31},
        {"post": 1.5},
        {"post": None},
        {"drawn": "random"},
    ],
)
def test_invalid_label_is_refused(client, change):
    post = queued(client)[0]["id"]
    body = {"post": post, "label": "neutral"} | change
    assert client.post(f"{URL}/labels", json=body).status_code == 422
    assert len(queued(client, limit=100)) == len(TEXTS)


@pytest.mark.parametrize("name", ["post", "label"])
def test_missing_field_is_reported(client, name):
    body = {"post": 1, "label": "neutral"}
    del body[name]
    assert client.post(f"{URL}/labels", json=body).get_json()["errors"]["json"] == {
        name: ["Missing data for required field."]
    }


@pytest.mark.parametrize("path", ["queue", "accuracy"])
def test_task_that_is_not_labelled_is_404(client, path):
    response = client.get(f"{URL}/{path}?task=phrase")
    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "posts are not labelled for 'phrase'; choose emotion, hate, offensive, sentiment",
    )


@pytest.mark.parametrize(("method", "path"), [("get", "queue"), ("get", "accuracy"), ("delete", "labels/1")])
def test_unknown_company_is_404(client, method, path):
    response = getattr(client, method)(f"/companies/Nobody/{path}")
    assert (response.status_code, response.get_json()["message"][:28]) == (404, "there is no company 'Nobody'")


@pytest.mark.parametrize("id", ["0", "-1", "2147483648", "99999999999999999999", "x"])
def test_impossible_id_of_a_label_is_404(client, id):
    assert client.delete(f"{URL}/labels/{id}").status_code == 404


def test_accuracy_is_that_of_the_random_sample(client):
    posts = queued(client, limit=24)
    chosen = [post["id"] for post in posts if post["drawn"] == "random"]
    for id, label in zip(chosen, ["neutral", "neutral", "positive", None], strict=False):
        send(client, id, label)
    send(client, next(post["id"] for post in posts if post["drawn"] == "uncertain"), "negative")
    answer = client.get(f"{URL}/accuracy?since=2020-01-01").get_json()
    assert {name: answer[name] for name in ("labels", "correct", "uncertain", "skipped", "reason")} == {
        "labels": 3,
        "correct": 2,
        "uncertain": 1,
        "skipped": 1,
        "reason": None,
    }
    assert answer["accuracy"] == pytest.approx(2 / 3)
    low, high = answer["interval"]
    assert 0.2 < low < 2 / 3 < high < 0.95
    assert answer["by_model_version"]["first"]["correct"] == 2


def test_labels_older_than_the_served_model_do_not_count_by_default(client):
    chosen = next(post["id"] for post in queued(client) if post["drawn"] == "random")
    send(client, chosen)
    model = client.get("/models").get_json()
    answer = client.get(f"{URL}/accuracy").get_json()
    assert (answer["model"], answer["labels"]) == (model["version"], 1)
    assert answer["since"][:19] == model["created_at"][:19]
    later = client.get(f"{URL}/accuracy?since=2100-01-01T00:00:00Z").get_json()
    assert (later["labels"], later["accuracy"], later["interval"], later["macro_f1"]) == (0, None, None, None)
    assert later["reason"] == "no post of the random sample was labelled since then"


@pytest.mark.parametrize("since", ["yesterday", "", "2026-13-01"])
def test_malformed_time_is_refused(client, since):
    assert client.get(f"{URL}/accuracy?since={since}").status_code == 422


@pytest.mark.parametrize(("method", "path"), [("get", "queue"), ("post", "labels"), ("delete", "labels/1")])
def test_labelling_needs_an_admin_key(client_with, method, path):
    watch_key = {"Authorization": f"Bearer {WATCH_KEY}"}
    client = client_with(WATCH_KEYS=[WATCH_KEY])
    for headers in ({}, watch_key):
        assert getattr(client, method)(f"{URL}/{path}", headers=headers).status_code == 401
    assert getattr(client_with(ADMIN_KEYS=[]), method)(f"{URL}/{path}").status_code == 403


def test_accuracy_is_read_like_the_other_figures(client_with, admin_headers):
    assert client_with().get(f"{URL}/accuracy").status_code == 200
    client = client_with(WATCH_KEYS=[WATCH_KEY])
    assert client.get(f"{URL}/accuracy").status_code == 401
    for headers in (admin_headers, {"Authorization": f"Bearer {WATCH_KEY}"}):
        assert client.get(f"{URL}/accuracy", headers=headers).status_code == 200


def test_bundle_without_a_task_does_not_offer_it(emotion_client):
    assert emotion_client.get(f"{URL}/accuracy?task=sentiment").get_json()["message"].endswith("choose emotion")


def test_without_a_model_or_database_labelling_is_unavailable(client_with, broken_bundle, admin_headers):
    for client in (
        client_with(MODEL_PATH=str(broken_bundle)),
        client_with(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"),
    ):
        response = client.get(f"{URL}/queue", headers=admin_headers)
        assert response.status_code == 503 and response.headers["Retry-After"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "queue"), ("post", "labels"), ("delete", "labels/{id}"), ("get", "accuracy")],
)
def test_answers_to_an_admin_conform_to_the_document(client, admin_headers, method, path):
    document = schemathesis.openapi.from_wsgi("/openapi.json", client.application)
    drive(document[f"/companies/{{name}}/{path}"][method], GenerationMode.POSITIVE, headers=admin_headers)


def test_page_has_no_data_and_needs_no_key(client_with):
    client = client_with(WATCH_KEYS=[WATCH_KEY])
    response = client.get(f"{URL}/label")
    assert response.status_code == 200 and "Nimbus" in response.text
    assert "text 1" not in response.text and WATCH_KEY not in response.text
    assert "<script>" not in response.text and "style=" not in response.text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


def test_name_of_a_company_is_escaped_on_the_page(client_with):
    response = client_with().get("/companies/%22%3E%3Csvg%20onload=alert(1)%3E/label")
    assert "<svg" not in response.text and "&lt;svg" in response.text
