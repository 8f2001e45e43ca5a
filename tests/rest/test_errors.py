"""Errors as HTTP responses."""

import logging

import pytest

from emoji_api.app import create_app


@pytest.mark.parametrize("path", ["/nope", "/tweets/", "/tweets/nope", "/swagger-ui/../app.py", "/swagger-ui/nope.js"])
def test_unknown_path_is_404(client, path):
    response = client.get(path)
    assert (response.status_code, response.get_json()["status"]) == (404, "Not Found")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/tweets", "/tweets/batch", "/models", "/health/ready", "/metrics"])
def test_wrong_method_is_405_with_the_allowed_methods(client, path, method):
    response = client.open(path, method=method)
    assert (response.status_code, response.get_json()["code"]) == (405, 405)
    assert response.headers["Allow"]


def test_internal_error_shows_the_request_id_and_no_traceback(tiny_bundle, caplog):
    app = create_app({"MODEL_PATH": str(tiny_bundle)})
    app.add_url_rule("/divide", view_func=lambda: 1 / 0)
    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/divide", headers={"X-Request-ID": "mine"})
    assert (response.status_code, response.get_json()["errors"]) == (500, {"request_id": "mine"})
    assert "ZeroDivision" not in response.text and "division" not in response.text
    assert "ZeroDivisionError" in caplog.text and "mine" in caplog.text


@pytest.mark.parametrize("path", ["/tweets?text=happy", "/tweets/analysis?text=happy", "/models"])
def test_without_a_model_the_answer_is_503_with_retry_after(broken_client, path):
    response = broken_client.get(path)
    document = response.get_json()
    assert (response.status_code, document["code"], document["status"]) == (503, 503, "Service Unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "model.int8.onnx" in document["message"]
