"""Request ids in responses and log lines."""

import re

import pytest


def id_of_response(client, request_id):
    return client.get("/health/live", headers={"X-Request-ID": request_id}).headers["X-Request-ID"]


@pytest.mark.parametrize("request_id", ["a", "1f2e-3d", "A.b_c:d", "x" * 64])
def test_valid_id_is_kept(client, request_id):
    assert id_of_response(client, request_id) == request_id


@pytest.mark.parametrize("request_id", ["", " ", "a b", 'a"b', "{}", "x" * 65, "é"])
def test_invalid_id_is_replaced(client, request_id):
    assert re.fullmatch("[0-9a-f]{32}", id_of_response(client, request_id))


def test_generated_ids_are_different(client):
    assert id_of_response(client, "") != id_of_response(client, "")


def test_error_response_has_the_id(client):
    assert client.get("/nope", headers={"X-Request-ID": "mine"}).headers["X-Request-ID"] == "mine"


def test_log_lines_of_a_request_have_its_id(app, client, caplog):
    with app.test_request_context(headers={"X-Request-ID": "mine"}):
        app.preprocess_request()
        app.logger.warning("inside")
    app.logger.warning("outside")
    inside, outside = caplog.records
    assert inside.request_id == "mine"
    assert not hasattr(outside, "request_id")
