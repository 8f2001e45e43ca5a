"""Swagger UI, served from local files."""

import re


def test_address_with_a_slash_redirects_to_the_page(client):
    response = client.get("/swagger-ui/")
    assert (response.status_code, response.location) == (302, "/swagger-ui")


def test_page_refers_to_no_other_server(client):
    page = client.get("/swagger-ui").text
    assert re.findall(r"https?://", page) == []


def test_files_of_the_page_are_served(client):
    names = re.findall(r'(?:src|href)="([^"]+)"', client.get("/swagger-ui").text)
    assert len(names) >= 3
    for name in names:
        with client.get(f"/{name}") as response:
            assert response.status_code == 200, name


def test_page_works_behind_a_path_prefix(client):
    page = client.get("/swagger-ui", environ_overrides={"SCRIPT_NAME": "/emoji"}).text
    assert '"/emoji/openapi.json"' in page and 'src="swagger-ui/swagger-ui-bundle.js"' in page


def test_swagger_ui_is_version_5(client):
    with client.get("/swagger-ui/VERSION") as response:
        assert response.text.strip().removeprefix("v").startswith("5.")
