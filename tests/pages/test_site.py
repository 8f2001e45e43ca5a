"""The icon, the rules for crawlers, and the short address of the documentation."""

from io import BytesIO
from urllib.robotparser import RobotFileParser

import pytest
from PIL import Image


@pytest.fixture
def robots(client):
    response = client.get("/robots.txt")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    parser = RobotFileParser()
    parser.parse(response.text.splitlines())
    return parser


def test_icon_is_a_small_file_with_pictures_of_several_sizes(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response.mimetype) == (200, "image/vnd.microsoft.icon")
    assert len(response.data) < 5_000 and "max-age" in response.headers["Cache-Control"]
    with Image.open(BytesIO(response.data)) as icon:
        assert icon.format == "ICO" and icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_icon_is_not_sent_again_to_who_has_it(client):
    etag = client.get("/favicon.ico").headers["ETag"]
    assert client.get("/favicon.ico", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/", "/model", "/docs", "/swagger-ui", "/openapi.json", "/assets/0/style.css"])
def test_crawlers_may_read_pages(robots, path):
    assert robots.can_fetch("crawler", path)


@pytest.mark.parametrize(
    "path", ["/tweets?text=hello", "/companies", "/companies/acme", "/companies/acme/label", "/metrics", "/health/live"]
)
def test_crawlers_may_not_read_answers_and_companies(robots, path):
    assert not robots.can_fetch("crawler", path)


def test_crawlers_may_not_ask_on_the_start_page(client):
    # Python's parser does not know the asterisk of RFC 9309
    assert "Disallow: /*?text=" in client.get("/robots.txt").text.splitlines()


def test_crawlers_may_not_call_any_operation(client, robots):
    paths = client.get("/openapi.json").get_json()["paths"]
    assert [path for path in paths if robots.can_fetch("crawler", path)] == []


def test_docs_lead_to_swagger_ui(client):
    response = client.get("/docs")
    assert (response.status_code, response.location) == (302, "/swagger-ui")
