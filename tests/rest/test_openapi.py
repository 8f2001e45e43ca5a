"""The OpenAPI document: valid, complete, and true of the service."""

import json
import shutil

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from emoji_api.app import create_app
from emoji_api.inference.bundle import file_entry
from emoji_api.tasks import TASKS

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
    ("get", "/companies"),
    ("post", "/companies"),
    ("get", "/companies/{name}"),
    ("delete", "/companies/{name}"),
    ("get", "/companies/{name}/days"),
    ("get", "/companies/{name}/phrases"),
    ("get", "/companies/{name}/posts"),
    ("delete", "/companies/{name}/posts"),
    ("get", "/companies/{name}/queue"),
    ("post", "/companies/{name}/labels"),
    ("delete", "/companies/{name}/labels/{id}"),
    ("get", "/companies/{name}/accuracy"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
]


@pytest.fixture(scope="module")
def document(app):
    return app.test_client().get("/openapi.json").get_json()


@pytest.fixture(scope="module")
def openapi(app):
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


def operations(document):
    """Return the operations by method and path."""
    return {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def resolve(document, reference):
    """Return the object that a `$ref` object refers to, or the object itself."""
    while "$ref" in reference:
        section, name = reference["$ref"].split("/")[-2:]
        reference = document["components"][section][name]
    return reference


def test_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    validate(document, cls=OpenAPIV31SpecValidator)


def test_document_has_no_keywords_of_openapi_3_0(document):
    assert '"nullable"' not in json.dumps(document)


def test_nullable_fields_have_the_type_null(document):
    training = document["components"]["schemas"]["Training"]["properties"]
    assert training["error"]["type"] == ["string", "null"]
    sentiments = document["components"]["schemas"]["SentimentQuestions"]["properties"]["sentiments"]
    assert sentiments["items"]["type"] == ["string", "null"] and None in sentiments["items"]["enum"]


def test_all_operations_are_documented(document):
    assert list(operations(document)) == OPERATIONS


def test_operations_have_unique_ids_and_summaries(document):
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(ids)) == len(ids)
    assert all(name.isidentifier() and name.islower() for name in ids)
    assert all(operation["summary"] for operation in operations(document).values())


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (("get", "/tweets"), "get_tweets"),
        (("post", "/tweets/batch"), "post_tweets_batch"),
        (("get", "/tweets/sentiment"), "get_sentiment"),
        (("post", "/tweets/hate/batch"), "post_hate_batch"),
        (("get", "/training"), "get_trainings"),
        (("delete", "/training/{id}"), "delete_training"),
        (("get", "/companies/{name}/posts"), "get_company_posts"),
        (("delete", "/companies/{name}/posts"), "delete_company_post"),
        (("post", "/companies/{name}/labels"), "post_company_label"),
        (("post", "/models/reload"), "reload_model"),
        (("get", "/health/ready"), "get_readiness"),
    ],
)
def test_operation_ids_are_stable(document, operation, expected):
    assert operations(document)[operation]["operationId"] == expected


def test_operations_are_grouped_in_the_order_in_which_people_need_them(document):
    names = [tag["name"] for tag in document["tags"]]
    assert names == ["tweets", "models", "training", "feedback", "companies", "labels", "health"]
    used = [operation["tags"] for operation in operations(document).values()]
    assert all(len(tags) == 1 for tags in used) and {tag for (tag,) in used} == set(names)
    assert {operation["tags"][0] for (_, path), operation in operations(document).items() if "/tweets" in path} == {
        "tweets"
    }


def test_groups_have_one_sentence_each(document):
    for tag in document["tags"]:
        assert tag["description"].count(". ") == 0 and tag["description"].endswith("."), tag


def test_document_tells_where_a_key_is_needed(document):
    assert "No key is needed to ask" in document["info"]["description"]
    assert "security" not in operations(document)["get", "/tweets"]
    assert operations(document)["post", "/training"]["security"] == [{"adminKey": []}]


def test_limits_are_those_of_the_settings(document, app):
    schemas = document["components"]["schemas"]
    assert schemas["Tweet"]["properties"]["text"]["maxLength"] == app.config["MAX_TEXT_LENGTH"]
    assert schemas["Tweets"]["properties"]["texts"]["maxItems"] == app.config["MAX_BATCH_SIZE"]


def enums_of_tasks(document):
    """Return the documented tasks of the analysis in a query, of the analysis in a body, and of feedback."""
    parameters = document["paths"]["/tweets/analysis"]["get"]["parameters"]
    schemas = document["components"]["schemas"]
    return (
        next(item["schema"]["items"]["enum"] for item in parameters if item["name"] == "tasks"),
        schemas["AnalysisQuestion"]["properties"]["tasks"]["items"]["enum"],
        schemas["Feedback"]["properties"]["task"]["enum"],
    )


def test_built_in_tasks_are_an_enum(document, broken_client):
    expected = list(TASKS), list(TASKS), [name for name in TASKS if name != "phrase"]
    assert enums_of_tasks(document) == expected
    assert enums_of_tasks(broken_client.get("/openapi.json").get_json()) == expected


def test_custom_tasks_of_the_bundle_are_in_the_enum_and_answered(tiny_bundle, tmp_path):
    bundle = shutil.copytree(tiny_bundle, tmp_path / "custom", ignore=shutil.ignore_patterns("saved_model"))
    manifest = json.loads((bundle / "bundle.json").read_text())
    rename_output(bundle / "model.int8.onnx", "offensive", "rudeness")
    manifest["tasks"]["rudeness"] = manifest["tasks"].pop("offensive")
    manifest["files"]["model.int8.onnx"] = file_entry(bundle / "model.int8.onnx")
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    client = create_app({"MODEL_PATH": str(bundle)}).test_client()
    for enum in enums_of_tasks(client.get("/openapi.json").get_json()):
        assert "rudeness" in enum
    answers = client.get("/tweets/analysis?text=happy&tasks=rudeness").get_json()["answers"]
    assert list(answers) == ["rudeness"]
    assert client.get("/tweets/analysis?text=happy&tasks=offensive").status_code == 404


def rename_output(network, old, new):
    """Rename an output of the ONNX file `network`."""
    onnx = pytest.importorskip("onnx", reason="needs onnx, which serving can do without")
    model = onnx.load(network)
    model.graph.node.append(onnx.helper.make_node("Identity", [old], [new]))
    next(output for output in model.graph.output if output.name == old).name = new
    onnx.save(model, network)


@pytest.mark.parametrize("path", RESOURCES)
def test_example_of_the_query_is_answered(document, client, path):
    parameters = document["paths"][path]["get"]["parameters"]
    query = {item["name"]: item["schema"]["example"] for item in parameters}
    assert query["text"]
    assert client.get(path, query_string=query).status_code == 200


@pytest.mark.parametrize("path", [f"{path}{end}" for path in RESOURCES for end in ("", "/batch")])
def test_examples_of_the_bodies_are_answered(document, client, path):
    assert client.post(path, json=example_of_body(document, path)).status_code == 200


def test_example_of_feedback_is_received(document, client):
    assert client.post("/feedback", json=example_of_body(document, "/feedback")).status_code in (200, 201)


def example_of_body(document, path):
    """Return the example of a POST's body."""
    schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return {name: field["example"] for name, field in resolve(document, schema)["properties"].items()}


@pytest.mark.parametrize("path", RESOURCES)
def test_answer_has_the_documented_fields(document, client, path):
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    documented = resolve(document, schema)
    answer = client.get(path, query_string={"text": "happy"}).get_json()
    assert set(documented["required"]) <= set(answer) <= set(documented["properties"])


def test_tasks_are_documented_as_a_repeated_parameter(document):
    parameters = {item["name"]: item for item in document["paths"]["/tweets/analysis"]["get"]["parameters"]}
    assert (parameters["tasks"]["style"], parameters["tasks"]["explode"]) == ("form", True)


def test_error_responses_have_examples(document):
    for operation, definition in operations(document).items():
        for status, reference in definition["responses"].items():
            if status == "default" or int(status) < 400:
                continue
            media_type = resolve(document, reference)["content"]["application/json"]
            examples = [example["value"] for example in media_type.get("examples", {}).values()]
            if operation == ("get", "/health/ready"):  # its 503 is not an error document
                assert media_type["example"]["ready"] is False
            else:
                assert examples, (operation, status)
            for example in examples:
                assert example["code"] == int(status) and example["status"] and example["message"]


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        *((*operation, GenerationMode.POSITIVE) for operation in OPERATIONS),
        *((*operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation[1].startswith("/tweets")),
    ],
)
def test_service_conforms_to_the_document(openapi, method, path, mode):
    drive(openapi[path][method], mode)


@pytest.mark.parametrize(("method", "path"), [operation for operation in OPERATIONS if "s/" in operation[1]])
def test_service_with_few_tasks_conforms_to_the_document(emotion_client, method, path):
    document = schemathesis.openapi.from_wsgi("/openapi.json", emotion_client.application)
    drive(document[path][method], GenerationMode.POSITIVE)


def test_service_with_admin_keys_conforms_to_the_document(following, admin_headers):
    document = schemathesis.openapi.from_wsgi("/openapi.json", following)
    drive(document["/models/reload"]["post"], GenerationMode.POSITIVE, headers=admin_headers)


def drive(operation, mode, **options):
    """Send generated requests to an operation, and check the responses against the document."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def validate_case(case):
        excluded = [positive_data_acceptance]  # the document cannot express that blank texts are refused
        if isinstance(case.body, dict) and case.body.get("on_error") == "skip":
            excluded.append(negative_data_rejection)  # an invalid text is answered with its error
        case.call_and_validate(excluded_checks=excluded, **options)

    validate_case()
