"""The OpenAPI document: valid, true, and with examples that run."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

RESOURCES = ["/tweets", *(f"/tweets/{name}" for name in ("sentiment", "hate", "finance", "emojis", "analysis"))]
OPERATIONS = [
    *(
        (method, f"{path}{end}")
        for path in RESOURCES
        for method, end in (("get", ""), ("post", ""), ("post", "/batch"))
    ),
    ("post", "/feedback"),
    ("get", "/models"),
    ("post", "/models/reload"),
    ("post", "/training"),
    ("get", "/training"),
    ("get", "/training/{id}"),
    ("delete", "/training/{id}"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
]


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").get_json()


@pytest.fixture(scope="module")
def openapi(app):
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


def test_document_is_valid(document):
    validate(document)


def test_every_operation_is_in_it(document):
    found = [(method, path) for path, item in document["paths"].items() for method in item if method != "parameters"]
    assert found == OPERATIONS


def test_limits_are_the_settings(document, app):
    schemas = document["components"]["schemas"]
    assert schemas["Tweet"]["properties"]["text"]["maxLength"] == app.config["MAX_TEXT_LENGTH"]
    assert schemas["Tweets"]["properties"]["texts"]["maxItems"] == app.config["MAX_BATCH_SIZE"]


@pytest.mark.parametrize("path", RESOURCES)
def test_example_of_the_query_runs(document, client, path):
    parameters = document["paths"][path]["get"]["parameters"]
    query = {item["name"]: as_words(item["schema"]["example"]) for item in parameters}
    assert query["text"]
    assert client.get(path, query_string=query).status_code == 200


@pytest.mark.parametrize("path", [f"{path}{end}" for path in RESOURCES for end in ("", "/batch")])
def test_examples_of_the_bodies_run(document, client, path):
    schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    properties = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    body = {field: described["example"] for field, described in properties.items()}
    assert client.post(path, json=body).status_code == 200


def test_example_of_feedback_runs(document, client):
    described = document["components"]["schemas"]["Feedback"]["properties"]
    body = {field: one["example"] for field, one in described.items()}
    assert client.post("/feedback", json=body).status_code in (200, 201)


@pytest.mark.parametrize("path", RESOURCES)
def test_example_of_the_answer_has_the_fields_of_an_answer(document, client, path):
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    described = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    answer = client.get(path, query_string={"text": "happy"}).get_json()
    assert set(described["required"]) <= set(answer) <= set(described["properties"])


def test_names_stand_between_commas(document):
    parameters = {item["name"]: item for item in document["paths"]["/tweets/analysis"]["get"]["parameters"]}
    assert (parameters["tasks"]["style"], parameters["tasks"]["explode"]) == ("form", False)


def as_words(value):
    return ",".join(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        *((*operation, GenerationMode.POSITIVE) for operation in OPERATIONS),
        *((*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation[1].startswith("/tweets")),
    ],
)
def test_service_does_what_the_document_says(openapi, method, path, mode):
    drive(openapi[path][method], mode)


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if "s/" in operation[1]])
def test_service_of_few_tasks_does_what_the_document_says(emotion_client, method, path):
    document = schemathesis.openapi.from_wsgi("/openapi.json", emotion_client.application)
    drive(document[path][method], GenerationMode.POSITIVE)


def test_a_service_with_admin_keys_does_what_the_document_says(following, admin_headers):
    document = schemathesis.openapi.from_wsgi("/openapi.json", following)
    drive(document["/models/reload"]["post"], GenerationMode.POSITIVE, headers=admin_headers)


def drive(operation, mode, **options):
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def validate_case(case):
        # a text of spaces is a string like any other to the document, and refused
        case.call_and_validate(excluded_checks=[positive_data_acceptance], **options)

    validate_case()
