"""Pages and JSON at the same addresses."""

import pytest

from tests.pages.conftest import BROWSER

ADDRESSES = ["/companies", "/companies/acme"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "accept",
    [BROWSER["Accept"], "text/html", "application/json;q=0.5, text/html", "text/html;q=0.2, application/json;q=0.1"],
)
def test_who_prefers_html_gets_a_page(client, address, accept):
    response = client.get(address, headers={"Accept": accept})
    assert response.mimetype == "text/html" and response.text.startswith("<!DOCTYPE html>")
    assert "Accept" in response.vary


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/html;q=0.5, application/json", "text/html, application/json"]
)
def test_other_clients_get_json(client, address, accept):
    response = client.get(address, headers={"Accept": accept} if accept else {})
    assert response.mimetype == "application/json"
    assert "Accept" in response.vary


def test_head_has_the_headers_of_the_page(client):
    response = client.head("/companies", headers=BROWSER)
    assert (response.status_code, response.mimetype, response.data) == (200, "text/html", b"")


def test_errors_follow_the_accept_header_too(client):
    assert client.get("/companies/nobody").mimetype == "application/json"
    assert client.get("/companies/nobody", headers=BROWSER).mimetype == "text/html"


def test_other_addresses_and_methods_are_not_negotiated(client):
    assert client.get("/companies/acme/days", headers=BROWSER).mimetype == "application/json"
    assert client.post("/tweets", headers=BROWSER, json={"text": "happy"}).mimetype == "application/json"
    assert "Accept" not in client.get("/health/live", headers=BROWSER).vary
