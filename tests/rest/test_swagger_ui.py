"""Swagger UI, served from local files."""

import re


def test_address_with_a_slash_redirects_to_the_page(client):
    response = client.get("/swagger-ui/")
    assert (response.status_code, response.location) == (302, "/swagger-ui")


def test_page_refers_to_no_other_server(client):
    addresses = re.findall(r'(?:src|href)="([^"]+)"', client.get("/swagger-ui").text)
    assert len(addresses) >= 6 and all(re.match(r"/(?!/)|#", address) for address in addresses)


def test_files_of_the_page_are_served(client):
    names = re.findall(r'"(/(?:swagger-ui|assets)/[^"]+)"', client.get("/swagger-ui").text)
    assert len(names) >= 5
    for name in names:
        with client.get(name) as response:
            assert response.status_code == 200, name


def test_page_works_behind_a_path_prefix(client):
    page = client.get("/swagger-ui", environ_overrides={"SCRIPT_NAME": "/emoji"}).text
    assert '"/emoji/openapi.json"' in page and 'src="/emoji/swagger-ui/swagger-ui-bundle.js"' in page


def test_page_fits_phones_and_has_the_security_policy(client):
    response = client.get("/swagger-ui")
    assert '<meta name="viewport" content="width=device-width' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy


def test_swagger_ui_is_version_5(client):
    with client.get("/swagger-ui/VERSION") as response:
        assert response.text.strip().removeprefix("v").startswith("5.")
