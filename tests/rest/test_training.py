"""Training jobs over HTTP: authorisation, validation, and the state of jobs."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import schemathesis
from schemathesis import GenerationMode

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import TrainingJob
from emoji_api.declarations import declared_values
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.jobs import queue
from emoji_api.rest.training import TrainingRequestSchema
from emoji_api.training.params import FitParams, Params
from tests.rest.conftest import ADMIN_KEY
from tests.rest.test_openapi import drive
from tests.server import ROOT

UNKNOWN = "/training/00000000-0000-4000-8000-000000000000"
"""Path of a training that does not exist."""
CALLS = [("post", "/training"), ("get", "/training"), ("get", UNKNOWN), ("delete", UNKNOWN)]
NOT_INSTALLED = ("tensorflow", "tf_keras")
START_TRAINING = f"""
from emoji_api.app import create_app
import sys
client = create_app().test_client()
response = client.post("/training", json={{}}, headers={{"Authorization": "Bearer {ADMIN_KEY}"}})
listed = client.get("/training", headers={{"Authorization": "Bearer {ADMIN_KEY}"}}).get_json()
print(response.status_code, listed["total"], response.get_json()["message"])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="module")
def service(folder):
    """A service with an admin key."""
    return service_on(f"sqlite:///{folder}/file.db", folder)


@pytest.fixture
def client(service):
    return service.test_client()


@pytest.fixture
def database(service):
    """The database of the service, without trainings."""
    database = Database(service.config["DATABASE_URL"])
    with database.session() as session:
        session.query(TrainingJob).delete()
    return database


def service_on(url, folder):
    settings = {"DATABASE_URL": url, "MODEL_STORE": str(folder / "models"), "RELOAD_SECONDS": 0}
    return create_app(settings | {"ADMIN_KEYS": ADMIN_KEY, "TRAINING_FOLDER": str(folder)})


@pytest.fixture
def call(client, database, admin_headers):
    """Return a function that sends a request with an admin key."""

    def call(method, path, **arguments):
        return client.open(path, method=method, headers=admin_headers, **arguments)

    return call


@pytest.fixture
def running(database):
    """The path of an active training."""
    with database.session() as session:
        return f"/training/{queue.order(session, {'epochs': 2})[0].id}"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_request_without_a_valid_key_is_refused(client, app, method, path):
    assert client.open(path, method=method).status_code == 401
    assert client.open(path, method=method, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert app.test_client().open(path, method=method).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": 21}, "epochs"),
        ({"epochs": "2"}, "epochs"),
        ({"epochs": 2.5}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": 1}, "learning_rate"),
        ({"learning_rate": "0.001"}, "learning_rate"),
        ({"rows": 0}, "rows"),
        ({"seed": -1}, "seed"),
        ({"batch_size": 10**30}, "batch_size"),
        ({"tasks": []}, "tasks"),
        ({"tasks": ["irony"]}, "tasks"),
        ({"tasks": ["emotion", "emotion"]}, "tasks"),
        ({"tasks": "emotion"}, "tasks"),
        ({"freeze_encoder": "yes"}, "freeze_encoder"),
        ({"encoder": "/etc"}, "encoder"),
        ({"data": "/etc"}, "data"),
    ],
)
def test_wrong_parameter_starts_no_training(call, body, field):
    response = call("POST", "/training", json=body)
    assert response.status_code == 422 and field in response.get_json()["errors"]["json"]
    assert call("GET", "/training").get_json() == {"trainings": [], "total": 0}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "limit=x", "page=1"])
def test_wrong_page_is_refused(call, query):
    assert call("GET", f"/training?{query}").status_code == 422


def test_second_training_is_refused_while_one_is_active(call, running):
    response = call("POST", "/training", json={})
    assert (response.status_code, response.headers["Location"]) == (409, running)
    assert response.get_json()["errors"] == {"training": {"running": [running]}}
    assert call("GET", "/training").get_json()["total"] == 1


def test_training_is_refused_if_the_settings_fix_the_served_model(tmp_path, admin_headers):
    settings = {"MODEL_PATH": str(packaged_bundle()), "DATABASE_URL": f"sqlite:///{tmp_path}/file.db"}
    client = create_app(settings | {"ADMIN_KEYS": ADMIN_KEY}).test_client()
    response = client.post("/training", json={}, headers=admin_headers)
    assert response.status_code == 409 and "EMOJI_API_MODEL_PATH" in response.get_json()["message"]
    assert client.get("/training", headers=admin_headers).get_json()["total"] == 0


def test_new_training_is_queued(call, running):
    job = call("GET", running).get_json()
    assert (job["state"], job["progress"], job["parameters"], job["epoch"]) == ("queued", 0, {"epochs": 2}, None)
    assert job["created_at"].endswith("+00:00") and running.endswith(job["id"])


def test_trainings_work_with_sqlite_and_postgresql(database_url, tmp_path, admin_headers):
    client = service_on(database_url, tmp_path).test_client()
    with Database(database_url).session() as session:
        path = f"/training/{queue.order(session, {'epochs': 2})[0].id}"
    for method, url, status in (("GET", path, 200), ("DELETE", path, 202), ("GET", "/training", 200)):
        assert client.open(url, method=method, headers=admin_headers).status_code == status


def test_active_training_may_be_cancelled_repeatedly(call, running):
    responses = [call("DELETE", running) for _ in range(2)]
    assert [(response.status_code, response.get_json()["cancelling"]) for response in responses] == [(202, True)] * 2


def test_ended_training_cannot_be_cancelled(call, running, database):
    with database.session() as session:
        queue.end(session, queue.running(session).id, "rejected", {"reasons": [{"check": "a", "detail": "b"}]})
    response = call("DELETE", running)
    assert response.status_code == 409 and "rejected" in response.get_json()["message"]
    assert call("GET", running).get_json()["reasons"] == [{"check": "a", "detail": "b"}]


@pytest.mark.parametrize("path", [UNKNOWN, "/training/17", "/training/x"])
def test_unknown_training_is_404(call, path):
    assert [call(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_trainings_are_listed_newest_first_in_pages(call, database):
    ids = []
    for _ in range(3):
        with database.session() as session:
            ids.insert(0, str(queue.order(session, {})[0].id))
            queue.end(session, queue.running(session).id, "failed", {"error": "no"})
    first, second = (call("GET", f"/training?limit=2&offset={offset}").get_json() for offset in (0, 2))
    assert [job["id"] for page in (first, second) for job in page["trainings"]] == ids
    assert (len(first["trainings"]), first["total"], second["total"]) == (2, 3, 3)


def test_bounds_and_descriptions_are_those_of_the_parameters(client):
    documented = client.get("/openapi.json").get_json()["components"]["schemas"]["TrainingRequest"]["properties"]
    declared = {value.name: value.rule for declaring in (Params, FitParams) for value in declared_values(declaring)}
    assert documented.keys() == TrainingRequestSchema().fields.keys()
    for name, schema in documented.items():
        rule = declared[name]
        assert schema["description"] == rule.description
        assert (schema.get("minimum"), schema.get("maximum")) == (rule.gt if rule.ge is None else rule.ge, rule.le)
    assert documented["tasks"]["uniqueItems"] is True


def test_documented_examples_are_accepted():
    examples = {name: field.metadata["example"] for name, field in TrainingRequestSchema().fields.items()}
    assert TrainingRequestSchema().load(examples) == examples


@pytest.mark.parametrize(("method", "path"), [(m, p if p == "/training" else "/training/{id}") for m, p in CALLS])
def test_responses_match_the_openapi_document(client, admin_headers, running, method, path):
    document = schemathesis.openapi.from_wsgi("/openapi.json", client.application)
    drive(document[path][method], GenerationMode.POSITIVE, headers=admin_headers)


def test_installation_without_tensorflow_reports_what_is_missing(tmp_path):
    (tmp_path / "packages").mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(NOT_INSTALLED):
            (tmp_path / "packages" / entry.name).symlink_to(entry)
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{tmp_path}/packages",
        "EMOJI_API_ADMIN_KEYS": ADMIN_KEY,
        "EMOJI_API_DATABASE_URL": f"sqlite:///{tmp_path}/file.db",
    }
    # -S: the module `site` would add the real packages
    command = [sys.executable, "-S", "-c", START_TRAINING]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("501 0 ")
    assert "tensorflow, tf_keras" in done.stdout and "install" in done.stdout
