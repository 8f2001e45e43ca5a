"""The OpenAPI document: valid, true, and with examples that run."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

OPERATIONS = [
    ("get", "/tweets"),
    ("post", "/tweets"),
    ("post", "/tweets/batch"),
    ("get", "/models"),
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
    assert [(method, path) for path, item in document["paths"].items() for method in item] == OPERATIONS


def test_limits_are_the_settings(document, app):
    schemas = document["components"]["schemas"]
    assert schemas["Tweet"]["properties"]["text"]["maxLength"] == app.config["MAX_TEXT_LENGTH"]
    assert schemas["Tweets"]["properties"]["texts"]["maxItems"] == app.config["MAX_BATCH_SIZE"]


def test_example_of_the_query_runs(document, client):
    parameters = document["paths"]["/tweets"]["get"]["parameters"]
    query = {item["name"]: item["schema"]["example"] for item in parameters if "example" in item["schema"]}
    assert query["text"]
    assert client.get("/tweets", query_string=query).status_code == 200


@pytest.mark.parametrize(("path", "name"), [("/tweets", "Tweet"), ("/tweets/batch", "Tweets")])
def test_examples_of_the_bodies_run(document, client, path, name):
    properties = document["components"]["schemas"][name]["properties"]
    body = {field: described["example"] for field, described in properties.items()}
    assert client.post(path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        *((*operation, GenerationMode.POSITIVE) for operation in OPERATIONS),
        *((*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation[1].startswith("/tweets")),
    ],
)
def test_service_does_what_the_document_says(openapi, method, path, mode):
    @given(case=openapi[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def drive(case):
        # a text of spaces is a string like any other to the document, and refused
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    drive()
