"""Companies over HTTP: listed, added, removed."""

import json
import os
import subprocess
import sys

import pytest
import schemathesis
from schemathesis import GenerationMode

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.watch.sources import SOURCES
from emoji_api.watch.store import get_company
from tests.rest.conftest import ADMIN_KEY
from tests.rest.test_openapi import drive
from tests.server import ROOT

WATCH_MODULES = ("atproto", "feedparser", "httpx", "mastodon", "py3langid", "pyarrow", "requests", "tweepy")
"""Modules of the extra `watch`."""
BASE_INSTALLATION = f"""
import json, sys
for name in {WATCH_MODULES}:
    sys.modules[name] = None  # as if it were not installed
from emoji_api.app import create_app
client = create_app().test_client()
read = [client.get("/companies" + path).status_code for path in ("", "/Nimbus", *{("/Nimbus/days", "/Nimbus/posts")})]
headers = {{"Authorization": "Bearer {ADMIN_KEY}"}}
added = client.post("/companies", json={{"name": "Acme", "query": "acme"}}, headers=headers)
forgotten = client.delete("/companies/Nimbus/posts?id=nimbus-001", headers=headers)
print(json.dumps([read, added.status_code, added.get_json()["message"], forgotten.status_code]))
"""


@pytest.fixture
def client(posts_app):
    return posts_app.test_client()


@pytest.fixture
def add(client, admin_headers):
    """Return a function that adds a company with the given fields."""

    def add(**fields):
        return client.post("/companies", json={"name": "Acme", "query": "acme"} | fields, headers=admin_headers)

    return add


def names(client, query=""):
    return [company["name"] for company in client.get(f"/companies{query}").get_json()["companies"]]


def test_company_has_its_query_and_days_but_not_the_options_of_its_source(client):
    document = client.get("/companies/Nimbus").get_json()
    assert client.get("/companies").get_json() == {"companies": [document], "total": 1}
    assert (document["source"], document["query"]) == ("file", "nimbus")
    assert (document["first_day"], document["last_day"]) == ("2026-10-01", "2026-10-30")
    assert document["collected_at"] > document["created_at"]
    assert "sample.jsonl" not in json.dumps(document)


def test_companies_are_listed_by_name_in_pages(client, add):
    for name in ("b", "a", "c"):
        add(name=name)
    assert names(client, "?limit=3") == ["Nimbus", "a", "b"]
    assert names(client, "?limit=3&offset=3") == ["c"]
    assert client.get("/companies?limit=1").get_json()["total"] == 4


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", f"limit={10**30}", "limit=-1", "offset=1000001", "limit=x", "page=1"]
)
def test_wrong_page_is_refused(client, query):
    assert client.get(f"/companies?{query}").status_code == 422


@pytest.mark.parametrize("name", ["Acme", "Café ☕", "<b>&\"'", "100 %", "a?b#c", "x" * 100, "🏳️‍🌈"[0]])
def test_added_company_is_found_at_its_location(client, add, name):
    response = add(name=name)
    assert response.status_code == 201
    assert response.get_json() == client.get(response.headers["Location"]).get_json()
    document = response.get_json()
    assert (document["name"], document["source"], document["collected_at"]) == (name, "x", None)


def test_added_company_is_stored_with_its_options(posts_app, add):
    options = {"url": "https://feeds.example/search?q={query} http://feeds.example/all"}
    assert add(source="rss", options=options).status_code == 201
    with Database(posts_app.config["DATABASE_URL"]).session() as session:
        company = get_company(session, "Acme")
        assert (company.source, company.query, company.options) == ("rss", "acme", options)


@pytest.mark.parametrize("source", [name for name in SOURCES if name not in ("rss", "file")])
def test_missing_credentials_are_no_error(add, source):
    assert add(source=source).status_code == 201


def test_name_is_taken_once(add):
    assert [add().status_code for _ in range(2)] == [201, 409]


@pytest.mark.parametrize("name", ["", " ", "a/b", "\0", "a\nb", "\ud800", ".", "..", "x" * 101, 17, None, ["a"]])
def test_impossible_name_is_refused(client, add, name):
    assert add(name=name).status_code == 422
    assert names(client) == ["Nimbus"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source": "file", "options": {"path": "/etc/passwd"}}, "command line"),
        ({"source": "gopher"}, "x, bluesky, mastodon, rss"),
        ({"source": None}, "null"),
        ({"query": ""}, "between 1 and 1000"),
        ({"query": " "}, "blank"),
        ({"query": "\0"}, "NUL"),
        ({"query": "\ud800"}, "surrogate"),
        ({"options": {"colour": "red"}}, "Not an option of x over HTTP"),
        ({"options": {"self": "x"}}, "Not an option of x over HTTP"),
        ({"options": {"\ud800": "x"}}, "Not an option of x over HTTP"),
        ({"options": {"base_url": "https://collector.example"}}, "Not an option of x over HTTP"),
        ({"source": "bluesky", "options": {"base_url": "https://collector.example"}}, "Not an option of bluesky"),
        ({"source": "mastodon", "options": {"instance": "collector.example"}}, "Not an option of mastodon"),
        ({"source": "rss"}, "url"),
        ({"source": "rss", "options": {"url": "file:///etc/passwd"}}, "address such as https://HOST"),
        ({"source": "rss", "options": {"url": "https://feeds.example ftp://feeds.example"}}, "address such as https"),
        ({"source": "rss", "options": {"url": "https://["}}, "address such as https"),
        ({"source": "rss", "options": {"url": 17}}, "string"),
        ({"options": []}, "mapping"),
        ({"cursor": "1"}, "Unknown field"),
    ],
)
def test_wrong_query_source_or_option_is_refused(client, add, fields, reason):
    response = add(**fields)
    assert response.status_code == 422 and reason in response.text
    assert names(client) == ["Nimbus"]


def test_removed_company_is_gone_with_its_posts(posts_app, client, admin_headers):
    response = client.delete("/companies/Nimbus", headers=admin_headers)
    assert (response.status_code, response.data) == (204, b"")
    assert client.delete("/companies/Nimbus", headers=admin_headers).status_code == 404
    with Database(posts_app.config["DATABASE_URL"]).session() as session:
        counts = [
            session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("companies", "posts", "company_days")
        ]
    assert counts == [0, 0, 0]


@pytest.mark.parametrize("name", ["Acme", "nimbus", "%00", "%ff", "a%2Fb", "%F0%9F%98%80", "x" * 5000, "%0A", "' OR 1"])
def test_unknown_company_is_404(client, admin_headers, name):
    for path in ("", "/days", "/posts", "/phrases"):
        assert client.get(f"/companies/{name}{path}").status_code == 404
    assert client.delete(f"/companies/{name}", headers=admin_headers).status_code == 404
    assert client.delete(f"/companies/{name}/posts?id=1", headers=admin_headers).status_code == 404


def test_changes_are_forbidden_without_admin_keys(app):
    client = app.test_client()
    assert client.post("/companies", json={"name": "Acme", "query": "acme"}).status_code == 403
    assert client.delete("/companies/Nimbus").status_code == 403
    assert client.delete("/companies/Nimbus/posts?id=1").status_code == 403


def test_example_is_accepted(client, admin_headers):
    schema = client.get("/openapi.json").get_json()["components"]["schemas"]["NewCompany"]["properties"]
    example = {name: field["example"] for name, field in schema.items()} | {"name": "Acme"}
    assert schema["source"]["enum"] == [name for name in SOURCES if name != "file"]
    assert client.post("/companies", json=example, headers=admin_headers).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/companies"), ("post", "/companies"), ("delete", "/companies/{name}/posts")]
)
@pytest.mark.parametrize("mode", GenerationMode)
def test_admins_requests_conform_to_the_document(posts_app, admin_headers, method, path, mode):
    document = schemathesis.openapi.from_wsgi("/openapi.json", posts_app)
    drive(document[path][method], mode, headers=admin_headers)


def test_unusable_database_is_503(tiny_bundle, admin_headers):
    settings = {"MODEL_PATH": str(tiny_bundle), "ADMIN_KEYS": ADMIN_KEY}
    app = create_app(settings | {"DATABASE_URL": "sqlite:////dev/null/file.db"})
    for path in ("", "/Nimbus", "/Nimbus/days", "/Nimbus/posts", "/Nimbus/phrases"):
        response = app.test_client().get(f"/companies{path}")
        assert response.status_code == 503 and response.headers["Retry-After"]


def test_companies_work_with_sqlite_and_postgresql(database_url, tiny_bundle, admin_headers):
    app = create_app({"MODEL_PATH": str(tiny_bundle), "ADMIN_KEYS": ADMIN_KEY, "DATABASE_URL": database_url})
    client = app.test_client()
    company = {"name": "Café ☕", "query": "café", "source": "bluesky"}
    path = client.post("/companies", json=company, headers=admin_headers).headers["Location"]
    assert client.post("/companies", json=company, headers=admin_headers).status_code == 409
    for query in (
        "",
        "/days",
        "/posts?sentiment=positive&emotion=joy&q=a&before=1_1",
        "/posts?language=und",
        "/phrases",
    ):
        assert client.get(f"{path}{query}").status_code == 200
    for query in ("/days?to=9999-12-31&from=9999-12-31", "/posts?to=9999-12-31&from=0001-01-01"):
        assert client.get(f"{path}{query}").status_code == 200
    assert client.get("/companies/%00").status_code == 404
    assert client.delete(f"{path}/posts?id=%00", headers=admin_headers).status_code == 404
    assert client.delete(path, headers=admin_headers).status_code == 204


def test_base_installation_reads_and_forgets_but_does_not_add(posts_app, tmp_path):
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "EMOJI_API_ADMIN_KEYS": ADMIN_KEY,
        "EMOJI_API_MODEL_PATH": posts_app.config["MODEL_PATH"],
        "EMOJI_API_DATABASE_URL": posts_app.config["DATABASE_URL"],
    }
    command = [sys.executable, "-c", BASE_INSTALLATION]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    read, added, message, forgotten = json.loads(done.stdout)
    assert (read, added, forgotten) == ([200] * 4, 501, 204)
    assert "not installed" in message and "[watch]" in message
