"""Access to companies: open, or with a watch key as a bearer token or password."""

import base64

import pytest

from emoji_api.app import create_app
from emoji_api.settings import read_settings
from tests.rest.conftest import ADMIN_KEY

KEY = "a-watch-key-of-the-tests"
READ = ["", "/Nimbus", "/Nimbus/days", "/Nimbus/posts", "/Nimbus/phrases"]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def guarded(posts_app):
    """A client of a service with two watch keys and an admin key."""
    config = posts_app.config
    settings = {name: config[name] for name in ("MODEL_PATH", "DATABASE_URL", "ADMIN_KEYS")}
    return create_app(settings | {"WATCH_KEYS": f"another-key-of-the-tests,{KEY}"}).test_client()


@pytest.mark.parametrize("path", READ)
def test_everybody_reads_without_watch_keys(posts_app, path):
    assert posts_app.test_client().get(f"/companies{path}").status_code == 200


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        (f"Bearer {KEY}", 200),
        (f"Bearer {ADMIN_KEY}", 200),
        (basic("anybody", KEY), 200),
    ],
)
def test_watch_keys_guard_every_read(guarded, path, authorization, status):
    headers = {"Authorization": authorization} if authorization else {}
    assert guarded.get(f"/companies{path}", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer another-key-of-the-tests", 200),
        (basic("", ADMIN_KEY), 200),
        (basic(KEY, ""), 401),
        (basic(KEY, "wrong"), 401),
        ("Basic !", 401),
        ("Basic", 401),
        ("Bearer", 401),
        (f"Token {KEY}", 401),
        (KEY, 401),
        (f"Bearer {KEY[:-1]}", 401),
        (basic("anybody", "ключ😂"), 401),
        ("Bearer é😂".encode().decode("latin-1"), 401),
    ],
)
def test_key_is_a_bearer_token_or_a_password(guarded, authorization, status):
    assert guarded.get("/companies", headers={"Authorization": authorization}).status_code == status


def test_challenges_name_both_ways(guarded):
    missing = guarded.get("/companies")
    assert [value.split()[0] for value in missing.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]
    wrong = guarded.get("/companies", headers={"Authorization": "Bearer wrong"})
    assert 'error="invalid_token"' in wrong.headers.getlist("WWW-Authenticate")[0]
    assert missing.get_json()["message"] != wrong.get_json()["message"]


@pytest.mark.parametrize("authorization", [f"Bearer {KEY}", basic("anybody", KEY), basic("anybody", ADMIN_KEY)])
def test_changes_need_an_admin_key_as_a_bearer_token(guarded, authorization):
    headers = {"Authorization": authorization}
    company = {"name": "Acme", "query": "acme"}
    assert guarded.post("/companies", json=company, headers=headers).status_code == 401
    assert guarded.delete("/companies/Nimbus", headers=headers).status_code == 401
    assert guarded.delete("/companies/Nimbus/posts?id=nimbus-001", headers=headers).status_code == 401


def test_other_operations_stay_open(guarded):
    assert guarded.get("/tweets?text=happy").status_code == 200


def test_document_offers_no_key_or_either_way(guarded):
    document = guarded.get("/openapi.json").get_json()
    assert document["paths"]["/companies"]["get"]["security"] == [{}, {"watchKey": []}, {"watchPassword": []}]
    schemes = document["components"]["securitySchemes"]
    assert (schemes["watchKey"]["scheme"], schemes["watchPassword"]["scheme"]) == ("bearer", "basic")


def test_keys_are_hidden():
    assert KEY not in repr(read_settings({"watch_keys": KEY}))
