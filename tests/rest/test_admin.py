"""Who may administer the service."""

import logging

import pytest

from emoji_api.app import create_app
from emoji_api.errors import SettingsError
from emoji_api.settings import read_settings

RELOAD = "/models/reload"
KEYS = "first-key-of-sixteen,second/key+of~sixteen=="


@pytest.fixture(scope="module")
def client(tiny_bundle):
    """A service with two keys. Its model is fixed, so that a call that is let through is a 409."""
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ADMIN_KEYS": KEYS})
    return app.test_client()


@pytest.mark.parametrize("key", KEYS.split(","))
def test_every_key_opens(client, key):
    assert client.post(RELOAD, headers={"Authorization": f"Bearer {key}"}).status_code == 409


@pytest.mark.parametrize(
    "given",
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
def test_anything_else_does_not(client, given):
    response = client.post(RELOAD, headers={"Authorization": given})
    document = response.get_json()
    assert (response.status_code, document["code"], document["status"]) == (401, 401, "Unauthorized")
    assert response.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "admin key" in document["message"]


def test_a_wrong_key_is_told_as_wrong(client):
    response = client.post(RELOAD, headers={"Authorization": "Bearer wrong"})
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_a_key_in_the_query_does_not_count(client):
    assert client.post(RELOAD, query_string={"key": KEYS}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer anything"}])
def test_without_keys_nobody_can(app, headers):
    response = app.test_client().post(RELOAD, headers=headers)
    assert (response.status_code, response.get_json()["status"]) == (403, "Forbidden")
    assert "EMOJI_API_ADMIN_KEYS" in response.get_json()["message"]


def test_keys_are_documented_where_they_are_needed_only(client):
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


def test_keys_are_never_shown(client, caplog):
    with caplog.at_level(logging.DEBUG):
        shown = [client.post(RELOAD, headers={"Authorization": f"Bearer {key}"}).text for key in KEYS.split(",")]
    app = client.application
    shown += [caplog.text, repr(app.config), repr(app.config["ADMIN_KEYS"]), client.get("/openapi.json").text]
    shown += [repr(read_settings({"admin_keys": KEYS}))]
    assert not any(key in text for key in KEYS.split(",") for text in shown)


@pytest.mark.parametrize("keys", ["fifteen-letters", f"{KEYS},short", f"{KEYS},", "with a space in it", "ключ" * 5, 5])
def test_a_weak_key_stops_the_start_and_is_not_shown(keys):
    with pytest.raises(SettingsError, match="EMOJI_API_ADMIN_KEYS: ") as caught:
        read_settings({"admin_keys": keys})
    assert not any(key in str(caught.value) for key in str(keys).split(",") if key)


@pytest.mark.parametrize("keys", ["", " "])
def test_an_empty_variable_is_no_key(keys):
    assert read_settings({"admin_keys": keys}).admin_keys == ()


def test_spaces_around_keys_are_none_of_theirs():
    assert read_settings({"admin_keys": KEYS.replace(",", " , ")}).admin_keys == tuple(KEYS.split(","))
