"""Errors as pages."""

import pytest

from emoji_api.app import create_app
from tests.pages.conftest import BROWSER, READ_KEY


@pytest.mark.parametrize("address", ["/companies", "/companies/acme"])
def test_readers_without_a_key_are_asked_for_it(locked_client, address):
    response = locked_client.get(address, headers=BROWSER)
    assert (response.status_code, response.mimetype) == (401, "text/html")
    assert any(value.startswith("Basic ") for value in response.headers.getlist("WWW-Authenticate"))
    assert "watch key" in response.text and "acme tools" not in response.text


def test_the_key_is_the_password_of_the_browser(locked_client):
    assert locked_client.get("/companies/acme", headers=BROWSER, auth=("me", READ_KEY)).status_code == 200


def test_a_database_that_cannot_be_used_is_a_page(tmp_path):
    (tmp_path / "file").write_text("")
    client = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/file/emoji_api.db"}).test_client()
    response = client.get("/companies", headers=BROWSER)
    assert (response.status_code, response.mimetype) == (503, "text/html")
    assert response.headers["Retry-After"] == "30"
    assert "try again later" in response.text and str(tmp_path) not in response.text


@pytest.mark.parametrize("address", ["/nope", "/tweets/nope", "/assets/none.js", "/companies/nobody", "/%3Cb%3E"])
def test_unknown_address_is_a_page_with_a_way_back(get_page, address):
    page = get_page(address, 404)
    assert "Error 404" in page and '<a class="button" href="/">Start page</a>' in page
    assert "<b>" not in page


def test_unknown_company_leads_back_to_the_companies(get_page):
    assert '<a class="button" href="/companies">' in get_page("/companies/nobody", 404)


def test_way_back_keeps_the_prefix_of_a_proxy(client):
    response = client.get("/nope", headers=BROWSER, environ_overrides={"SCRIPT_NAME": "/emoji"})
    assert '<a class="button" href="/emoji/">' in response.text


def test_wrong_method_is_a_page_with_the_allowed_methods(client):
    response = client.delete("/tweets", headers=BROWSER)
    assert (response.status_code, response.mimetype) == (405, "text/html")
    assert "POST" in response.headers["Allow"]


def test_page_names_what_is_wrong_with_the_arguments(get_page):
    page = get_page("/tweets?text=%20&lang=<i>en</i>", 422)
    assert '<li dir="auto">text: Is blank.</li>' in page and "lang: Unknown field." in page
    assert "<i>en" not in page


@pytest.fixture
def failing_client(database_url):
    """A client of a service with a view that fails."""
    app = create_app({"DATABASE_URL": database_url, "PROPAGATE_EXCEPTIONS": False})
    app.add_url_rule("/divide", view_func=lambda: 1 / 0)
    return app.test_client()


def test_internal_error_is_a_page_with_the_request_id(failing_client, caplog):
    response = failing_client.get("/divide", headers=BROWSER | {"X-Request-ID": "mine"})
    assert (response.status_code, response.mimetype, response.headers["X-Request-ID"]) == (500, "text/html", "mine")
    assert '<code class="request-id">mine</code>' in response.text and "Try again" in response.text
    assert "division" not in response.text and "ZeroDivisionError" in caplog.text


def test_internal_error_of_the_page_itself_is_json(failing_client, monkeypatch):
    monkeypatch.setitem(failing_client.application.jinja_env.globals, "asset_url", None)
    response = failing_client.get("/nope", headers=BROWSER)
    assert (response.status_code, response.get_json()["code"]) == (500, 500)


def test_without_a_model_browsers_get_a_page(tmp_path):
    response = create_app({"MODEL_PATH": str(tmp_path / "none")}).test_client().get("/models", headers=BROWSER)
    assert (response.status_code, response.mimetype, response.headers["Retry-After"]) == (503, "text/html", "30")
    assert "Try again" in response.text and str(tmp_path) not in response.text


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html, application/json", "text/csv"])
@pytest.mark.parametrize(("method", "address", "status"), [("GET", "/nope", 404), ("DELETE", "/tweets", 405)])
def test_other_clients_get_the_error_document(client, accept, method, address, status):
    response = client.open(address, method=method, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert set(response.get_json()) == {"code", "status", "message"}
    assert "Accept" in response.vary and "Content-Security-Policy" not in response.headers


def test_pages_of_errors_have_the_security_policy(client):
    assert "default-src 'none'" in client.get("/nope", headers=BROWSER).headers["Content-Security-Policy"]
