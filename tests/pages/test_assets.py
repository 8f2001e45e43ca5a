"""Static files: content hashes, caching, compression."""

import gzip
import re
import subprocess
import sys

import pytest

from emoji_api.pages import assets
from emoji_api.pages.assets import asset_names, asset_url, read_asset
from emoji_api.pages.vega import vega_url

YEAR = "public, max-age=31536000, immutable"
MAX_PAGE_BYTES = 1_000_000
"""Limit of the compressed size of a page with its files."""


@pytest.fixture
def style(app):
    with app.test_request_context():
        return asset_url("style.css")


def test_a_file_is_cached_for_a_year_under_its_hash(client, style):
    response = client.get(style)
    assert (response.status_code, response.mimetype) == (200, "text/css")
    assert response.headers["Cache-Control"] == YEAR
    assert response.data == read_asset("style.css").content


def test_under_another_hash_it_is_not_cached(client):
    assert client.get("/assets/000000000000/style.css").headers["Cache-Control"] == "no-cache"


def test_it_is_compressed_for_clients_that_accept_it(client, style):
    response = client.get(style, headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in response.vary
    assert gzip.decompress(response.data) == client.get(style).data


def test_it_is_not_sent_twice(client, style):
    tag = client.get(style).headers["ETag"]
    assert client.get(style, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", ["none.css", "..%2Fassets.py", "%2e%2e", "style.css%00"])
def test_other_files_do_not_exist(client, name):
    assert client.get(f"/assets/000000000000/{name}").status_code == 404


def test_charts_come_from_the_installed_package(client, app):
    pytest.importorskip("vl_convert", reason="needs vl-convert-python")
    with app.test_request_context():
        address = vega_url()
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert (response.status_code, response.mimetype) == (200, "text/javascript")
    assert response.headers["Cache-Control"] == YEAR
    assert b"window.vegaEmbed" in gzip.decompress(response.data)
    page = client.get("/companies/acme?days=365", headers={"Accept": "text/html"})
    files = re.findall(r'(?:href|src|data-vega)="(/assets/[^"]+)"', page.text)
    assert address in files
    size = sum(len(client.get(file, headers={"Accept-Encoding": "gzip"}).data) for file in set(files))
    assert size + len(gzip.compress(page.data)) < MAX_PAGE_BYTES


@pytest.fixture
def image_files(tmp_path, monkeypatch):
    """The static files of an image, with a prepared bundle."""
    (tmp_path / "vega.js").write_text("window.vegaEmbed = null")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    for function in (asset_names, read_asset):
        function.cache_clear()
    yield
    for function in (asset_names, read_asset):
        function.cache_clear()


def test_charts_come_from_the_file_in_an_image(client, app, image_files):
    with app.test_request_context():
        address = vega_url()
    assert client.get(address).text == "window.vegaEmbed = null"


def test_the_process_that_serves_does_not_load_the_chart_library():
    code = "import emoji_api.app, sys; print('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
