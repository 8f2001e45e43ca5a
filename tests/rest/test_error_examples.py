"""Examples of error responses: each is compared with a real answer of the service."""

import json
import re
import sys

import pytest

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue
from emoji_api.rest.error_examples import ERROR_RESPONSES, NETWORK_BYTES, STORE, TRAINING_ID
from emoji_api.rest.serving import EXTENSION
from tests.rest.conftest import ADMIN_KEY
from tests.versions import add_two_versions, point_to, truncate_network
from tests.watched import add_company

ADMIN = {"Authorization": f"Bearer {ADMIN_KEY}"}
EXAMPLES = [(component, name) for component, response in ERROR_RESPONSES.items() for name in response.examples]


@pytest.fixture(scope="module")
def answers(app, client_of, tiny_bundle, tmp_path_factory):
    """Real answers of the service: a response by component and name of the example."""
    folder = tmp_path_factory.mktemp("examples")
    return {
        **answers_to_invalid_requests(app.test_client(), client_of("emotion", "sentiment")),
        **answers_without_model_or_database(tiny_bundle, folder),
        **answers_to_admins(tiny_bundle, folder),
        **answers_about_companies(tiny_bundle, folder),
        **answers_about_labels(tiny_bundle, folder),
    }


def answers_to_invalid_requests(client, client_with_two_tasks):
    return {
        ("BAD_REQUEST", "body"): client.post("/tweets", data="{", content_type="application/json"),
        ("BAD_REQUEST", "query"): client.get("/tweets?text=%ff"),
        ("REQUEST_ENTITY_TOO_LARGE", "too_large"): client.post("/tweets", json={"text": "x" * 2**20}),
        ("UNSUPPORTED_MEDIA_TYPE", "content_type"): client.post("/tweets", data="happy"),
        ("UNPROCESSABLE_ENTITY", "body"): client.post("/tweets", json={"text": "happy", "lang": "en"}),
        ("UNPROCESSABLE_ENTITY", "query"): client.get("/tweets?text=happy&lang=en"),
        ("UNPROCESSABLE_ENTITY", "text"): client.post("/tweets/batch", json={"texts": ["happy", "\u0001"]}),
        ("UNPROCESSABLE_ENTITY", "explanation"): client.post(
            "/tweets/batch", json={"texts": ["i feel so happy today and you are sad"] * 256, "explain": True}
        ),
        ("NOT_FOUND", "no_emotion"): client.get("/tweets?text=happy&neutral=true"),
        ("FORBIDDEN", "no_keys"): client.post("/models/reload"),
        ("NOT_FOUND", "unknown_task"): client_with_two_tasks.get("/tweets/analysis?text=happy&tasks=hate"),
    }


def answers_without_model_or_database(bundle, folder):
    (folder / "empty").mkdir()
    without_model = create_app({"MODEL_PATH": str(folder / "empty")})
    database_url = "postgresql://nobody@127.0.0.1:1/nothing"
    without_database = create_app({"MODEL_PATH": str(bundle), "DATABASE_URL": database_url})
    feedback = {"text": "happy", "task": "emotion", "label": "joy"}
    return {
        ("SERVICE_UNAVAILABLE", "no_model"): without_model.test_client().get("/tweets?text=happy"),
        ("SERVICE_UNAVAILABLE", "no_database"): without_database.test_client().post("/feedback", json=feedback),
    }


def answers_to_admins(bundle, folder):
    store = add_two_versions(ModelStore(folder / "store"), bundle, folder, served="first")
    url = f"sqlite:///{folder}/file.db"
    app = create_app(
        {"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0, "ADMIN_KEYS": ADMIN_KEY, "DATABASE_URL": url}
    )
    client = app.test_client()
    answers = {
        ("UNAUTHORIZED", "missing"): client.post("/models/reload"),
        ("UNAUTHORIZED", "invalid"): client.post("/models/reload", headers={"Authorization": "Bearer wrong"}),
        ("UNKNOWN_TRAINING", "unknown_training"): client.get(f"/training/{TRAINING_ID}", headers=ADMIN),
    }
    with app.extensions[EXTENSION]._lock:
        answers["SERVICE_UNAVAILABLE", "reload_running"] = client.post("/models/reload", headers=ADMIN)
    truncate_network(store.path("second"))
    point_to(store, "second")
    answers["RELOAD_REFUSED", "damaged_file"] = client.post("/models/reload", headers=ADMIN)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("tensorflow", "tf_keras"):
            patch.setitem(sys.modules, module, None)  # as if it were not installed
        answers["NOT_IMPLEMENTED", "cannot_train"] = client.post("/training", json={}, headers=ADMIN)
    with Database(url).session() as session:
        job, _ = queue.order(session, {})
    answers["TRAINING_CONFLICT", "running"] = client.post("/training", json={}, headers=ADMIN)
    with Database(url).session() as session:
        queue.end(session, job.id, "promoted", {})
    answers["TRAINING_CONFLICT", "ended"] = client.delete(f"/training/{job.id}", headers=ADMIN)
    return answers


def answers_about_companies(bundle, folder):
    settings = {"MODEL_PATH": str(bundle), "DATABASE_URL": f"sqlite:///{folder}/companies.db", "ADMIN_KEYS": ADMIN_KEY}
    client = create_app(settings).test_client()
    guarded = create_app(settings | {"WATCH_KEYS": "a-watch-key-of-the-tests"}).test_client()
    company = {"name": "Nimbus", "query": "nimbus coffee"}
    answers = {
        ("UNKNOWN_COMPANY", "unknown_company"): client.get("/companies/Nimbus"),
        ("UNKNOWN_POST", "unknown_company"): client.get("/companies/Nimbus/posts"),
        ("READ_UNAUTHORIZED", "missing"): guarded.get("/companies"),
        ("READ_UNAUTHORIZED", "invalid"): guarded.get("/companies", headers={"Authorization": "Bearer wrong"}),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "feedparser", None)  # as if it were not installed
        patch.delitem(sys.modules, "emoji_api.watch.sources.rss", raising=False)
        rss = company | {"source": "rss", "options": {"url": "https://feeds.example/"}}
        answers["SOURCE_MISSING", "source_missing"] = client.post("/companies", json=rss, headers=ADMIN)
    client.post("/companies", json=company, headers=ADMIN)
    answers["COMPANY_EXISTS", "company_exists"] = client.post("/companies", json=company, headers=ADMIN)
    answers["UNKNOWN_POST", "unknown_post"] = client.delete("/companies/Nimbus/posts?id=nimbus-001", headers=ADMIN)
    return answers


def answers_about_labels(bundle, folder):
    database = Database(f"sqlite:///{folder}/labels.db")
    app = create_app({"MODEL_PATH": str(bundle), "DATABASE_URL": database.url, "ADMIN_KEYS": ADMIN_KEY})
    client, label = app.test_client(), {"post": 17, "label": "negative"}
    answers = {("LABEL_NOT_FOUND", "unknown_company"): client.get("/companies/Nimbus/queue", headers=ADMIN)}
    add_company(database, "Nimbus", ["the new cup leaks"] * 17)
    for _ in range(2):
        answers["POST_LABELLED", "labelled"] = client.post("/companies/Nimbus/labels", json=label, headers=ADMIN)
    client.delete("/companies/Nimbus/posts?id=16", headers=ADMIN)
    return answers | {
        ("LABEL_NOT_FOUND", "unknown_task"): client.get("/companies/Nimbus/queue?task=phrase", headers=ADMIN),
        ("LABEL_NOT_FOUND", "unknown_post"): client.post("/companies/Nimbus/labels", json=label, headers=ADMIN),
        ("LABEL_NOT_FOUND", "unknown_label"): client.delete("/companies/Nimbus/labels/3", headers=ADMIN),
    }


@pytest.mark.parametrize(("component", "name"), EXAMPLES)
def test_example_is_a_real_answer(answers, component, name):
    answer = answers[component, name]
    response = ERROR_RESPONSES[component]
    document = with_example_values(answer.get_json(), component)
    if (component, name) == ("TRAINING_CONFLICT", "running") and answer.status_code == 501:
        pytest.skip("needs TensorFlow, which serving can do without")
    assert (answer.status_code, document) == (response.status, response.examples[name])


def with_example_values(document, component):
    """Return the document with the example's training id, folder and file size in place of the real ones."""
    text = json.dumps(document)
    if component == "TRAINING_CONFLICT":
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", TRAINING_ID, text)
    if component == "RELOAD_REFUSED":
        text = re.sub(r'(?<=")/[^"]*/store(?=/second/)', STORE, text)
        text = re.sub(r"(?<=instead of )\d+", str(NETWORK_BYTES), text)
    return json.loads(text)


def test_headers_are_documented(answers):
    sent = [
        (component, header)
        for (component, _), answer in answers.items()
        for header in ("Retry-After", "WWW-Authenticate", "Location")
        if header in answer.headers
    ]
    assert {"Retry-After", "WWW-Authenticate"} <= {header for _, header in sent}
    assert [(component, header) for component, header in sent if header not in ERROR_RESPONSES[component].headers] == []
