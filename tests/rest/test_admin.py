"""Admin keys."""

import logging

import pytest

from emoji_api.app import create_app
from emoji_api.errors import SettingsError
from emoji_api.settings import read_settings

RELOAD = "/models/reload"
KEYS = "first-key-of-sixteen,second/key+of~sixteen=="


@pytest.fixture(scope="module")
def client(tiny_bundle):
    """A client of a service with two keys. Its model is fixed, so that an authorised reload is a 409."""
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ADMIN_KEYS": KEYS})
    return app.test_client()


@pytest.mark.parametrize("key", KEYS.split(","))
def test_all_configured_keys_are_accepted(client, key):
    assert client.post(RELOAD, headers={"Authorization": f"Bearer {key}"}).status_code == 409


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer first-key-of-sixtee",
        "Bearer first-key-of-sixteen0",
        "Bearer FIRST-KEY-OF-SIXTEEN",
        f"Bearer {KEYS}",
        "Bearer a=b, c=d",
        "Bearer é😂".encode().decode("latin-1"),
        "Basic Zmlyc3Q6a2V5",
        "first-key-of-sixteen",
        "Token first-key-of-sixteen",
    ],
)
def test_invalid_authorization_header_is_refused(client, authorization):
    response = client.post(RELOAD, headers={"Authorization": authorization})
    document = response.get_json()
    assert (response.status_code, document["code"], document["status"]) == (401, 401, "Unauthorized")
    assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "admin key" in document["message"]


def test_wrong_key_is_reported_as_invalid_token(client):
    response = client.post(RELOAD, headers={"Authorization": "Bearer wrong"})
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_key_in_the_query_is_ignored(client):
    assert client.post(RELOAD, query_string={"key": KEYS}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer anything"}])
def test_without_keys_every_request_is_forbidden(app, headers):
    response = app.test_client().post(RELOAD, headers=headers)
    assert (response.status_code, response.get_json()["status"]) == (403, "Forbidden")
    assert "EMOJI_API_ADMIN_KEYS" in response.get_json()["message"]


def test_only_admin_operations_are_documented_with_a_key(client):
    document = client.get("/openapi.json").get_json()
    secured = [
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "security" in operation
    ]
    assert ("post", RELOAD) in secured and all("/tweets" not in path for _, path in secured)
    assert document["paths"][RELOAD]["post"]["security"] == [{"adminKey": []}]
    assert document["components"]["securitySchemes"]["adminKey"]["scheme"] == "bearer"


def test_keys_are_not_in_logs_answers_and_reprs(client, caplog):
    with caplog.at_level(logging.DEBUG):
        texts = [client.post(RELOAD, headers={"Authorization": f"Bearer {key}"}).text for key in KEYS.split(",")]
    app = client.application
    texts += [caplog.text, repr(app.config), repr(app.config["ADMIN_KEYS"]), client.get("/openapi.json").text]
    texts += [repr(read_settings({"admin_keys": KEYS}))]
    assert not any(key in text for key in KEYS.split(",") for text in texts)


@pytest.mark.parametrize("keys", ["fifteen-letters", f"{KEYS},short", f"{KEYS},", "with a space in it", "ключ" * 5, 5])
def test_weak_key_stops_the_start_and_is_not_shown(keys):
    with pytest.raises(SettingsError, match="EMOJI_API_ADMIN_KEYS: ") as caught:
        read_settings({"admin_keys": keys})
    assert not any(key in str(caught.value) for key in str(keys).split(",") if key)


@pytest.mark.parametrize("keys", ["", " "])
def test_empty_variable_means_no_keys(keys):
    assert read_settings({"admin_keys": keys}).admin_keys == ()


def test_spaces_around_keys_are_ignored():
    assert read_settings({"admin_keys": KEYS.replace(",", " , ")}).admin_keys == tuple(KEYS.split(","))
