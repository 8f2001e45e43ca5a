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
