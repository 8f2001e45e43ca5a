"""Each request has an id."""

import re

import pytest


def asked_with(client, request_id):
    return client.get("/health/live", headers={"X-Request-ID": request_id}).headers["X-Request-ID"]


@pytest.mark.parametrize("request_id", ["a", "1f2e-3d", "A.b_c:d", "x" * 64])
def test_sane_id_is_kept(client, request_id):
    assert asked_with(client, request_id) == request_id


@pytest.mark.parametrize("request_id", ["", " ", "a b", 'a"b', "{}", "x" * 65, "é"])
def test_any_other_is_replaced(client, request_id):
    assert re.fullmatch("[0-9a-f]{32}", asked_with(client, request_id))


def test_ids_differ(client):
    assert asked_with(client, "") != asked_with(client, "")


def test_errors_have_one_too(client):
    assert client.get("/nope", headers={"X-Request-ID": "mine"}).headers["X-Request-ID"] == "mine"
