"""Examples of error responses: each is compared with a real answer of the service."""

import sys
from uuid import UUID

import pytest

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.training_jobs import TrainingJob
from emoji_api.inference.store import ModelStore
from emoji_api.jobs import queue
from emoji_api.rest.error_examples import ERROR_RESPONSES, NETWORK_BYTES, STORE, TRAINING_ID
from emoji_api.rest.serving import EXTENSION
from tests.rest.conftest import ADMIN_KEY
from tests.rest.test_serving import point_to
from tests.versions import cut_short, fill

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
    }


def answers_to_invalid_requests(client, client_with_two_tasks):
    return {
        ("BAD_REQUEST", "body"): client.post("/tweets", data="{", content_type="application/json"),
        ("BAD_REQUEST", "query"): client.get("/tweets?text=%ff"),
        ("REQUEST_ENTITY_TOO_LARGE", "too_large"): client.post("/tweets", json={"text": "x" * 2**20}),
        ("UNSUPPORTED_MEDIA_TYPE", "content_type"): client.post("/tweets", data="happy"),
        ("UNPROCESSABLE_ENTITY", "body"): client.post("/tweets", json={"text": "happy", "language": "en"}),
        ("UNPROCESSABLE_ENTITY", "query"): client.get("/tweets?text=happy&language=en"),
        ("UNPROCESSABLE_ENTITY", "text"): client.post("/tweets/batch", json={"texts": ["happy", "\u0001"]}),
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
    store = fill(ModelStore(folder / "store"), bundle, folder, served="first")
    url = f"sqlite:///{folder}/file.db"
    app = create_app(
        {"MODEL_STORE": str(store.folder), "RELOAD_SECONDS": 0, "ADMIN_KEYS": ADMIN_KEY, "DATABASE_URL": url}
    )
    client, training = app.test_client(), f"/training/{TRAINING_ID}"
    answers = {
        ("UNAUTHORIZED", "missing"): client.post("/models/reload"),
        ("UNAUTHORIZED", "invalid"): client.post("/models/reload", headers={"Authorization": "Bearer wrong"}),
        ("UNKNOWN_TRAINING", "unknown_training"): client.get(training, headers=ADMIN),
    }
    with app.extensions[EXTENSION]._lock:
        answers["SERVICE_UNAVAILABLE", "reload_running"] = client.post("/models/reload", headers=ADMIN)
    cut_short(store.path("second"))
    point_to(store, "second")
    answers["RELOAD_REFUSED", "damaged_file"] = client.post("/models/reload", headers=ADMIN)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("tensorflow", "tf_keras"):
            patch.setitem(sys.modules, module, None)  # as if it were not installed
        answers["NOT_IMPLEMENTED", "cannot_train"] = client.post("/training", json={}, headers=ADMIN)
    with Database(url).session() as session:
        job, _ = queue.order(session, {})
        session.query(TrainingJob).filter_by(id=job.id).update({"id": UUID(TRAINING_ID)})
    answers["TRAINING_CONFLICT", "running"] = client.post("/training", json={}, headers=ADMIN)
    with Database(url).session() as session:
        queue.end(session, UUID(TRAINING_ID), "promoted", {})
    answers["TRAINING_CONFLICT", "ended"] = client.delete(training, headers=ADMIN)
    return answers


@pytest.mark.parametrize(("component", "name"), EXAMPLES)
def test_example_is_a_real_answer(answers, component, name):
    answer = answers[component, name]
    response = ERROR_RESPONSES[component]
    document = answer.get_json()
    if component == "RELOAD_REFUSED":  # only the store's folder and the size of the network differ
        folder, _, _ = document["message"].partition("/second/")
        size = document["message"].partition("instead of ")[2].partition(";")[0]
        document["message"] = document["message"].replace(folder, STORE).replace(size, str(NETWORK_BYTES))
    if (component, name) == ("TRAINING_CONFLICT", "running") and answer.status_code == 501:
        pytest.skip("needs TensorFlow, which serving can do without")
    assert (answer.status_code, document) == (response.status, response.examples[name])


def test_headers_are_documented(answers):
    for (component, _), answer in answers.items():
        for name in ("Retry-After", "WWW-Authenticate", "Location"):
            if name in answer.headers:
                assert name in ERROR_RESPONSES[component].headers
