"""`emoji-api watch label`: the labelling page, of a service of its own or of a running one."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from tests.server import ROOT, START_SECONDS
from tests.watched import add_company

BROWSER = """
import sys
with open({path!r}, "w") as file:
    file.write(sys.argv[1])
"""


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    """The database of the settings, with two watched companies; the model is the one that ships."""
    database = Database(f"sqlite:///{tmp_path}/file.db")
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", database.url)
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(tmp_path / "models"))
    add_company(database, "Nimbus & Söhne", ["the new cup leaks", "so happy with it"])
    add_company(database, "Acme", ["hello"])
    database.close()
    return database


def label(*arguments):
    return CliRunner().invoke(main, ["watch", "label", *arguments])


@contextmanager
def running(*arguments, **environment):
    """Run `watch label --json` during the block, and yield the process and the printed address."""
    command = [sys.executable, "-m", "emoji_api", "watch", "label", *arguments, "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


def test_page_is_served_with_a_key_of_its_own(database):
    with running("Nimbus & Söhne", "--task", "emotion", "--no-browser") as (process, url):
        page, _, key = url.partition("#key=")
        assert page.startswith("http://127.0.0.1:") and page.endswith(
            "/companies/Nimbus%20%26%20S%C3%B6hne/label?task=emotion"
        )
        assert len(key) > 40
        response = httpx.get(page, timeout=START_SECONDS)
        assert response.status_code == 200 and "Nimbus &amp; Söhne" in response.text and key not in response.text
        company = page.partition("/label?")[0]
        assert httpx.get(f"{company}/queue").status_code == 401
        admin = {"Authorization": f"Bearer {key}"}
        post = httpx.get(f"{company}/queue", headers=admin).json()["posts"][0]
        body = {"post": post["id"], "label": "negative"}
        assert httpx.post(f"{company}/labels", json=body, headers=admin).status_code == 201
        process.send_signal(signal.SIGINT)
        assert process.wait(START_SECONDS) == 0
        assert process.stderr.read() == ""
    result = CliRunner().invoke(main, ["feedback", "export"])
    assert json.loads(result.stdout)["text"] == post["text"]


def test_sigterm_stops_it():
    with running("Acme", "--no-browser") as (process, url):
        httpx.get(url.partition("#")[0], timeout=START_SECONDS)
        process.terminate()
        assert process.wait(START_SECONDS) == 0


def test_address_is_opened_in_the_browser(tmp_path):
    opened = tmp_path / "opened"
    script = tmp_path / "browser.py"
    script.write_text(BROWSER.format(path=str(opened)))
    with running("Acme", BROWSER=f"{sys.executable} {script} %s") as (_, url):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not (opened.exists() and opened.read_text()):
            time.sleep(0.05)
        assert opened.read_text() == url


@pytest.mark.parametrize("url", ["http://example.org:5000", "http://example.org:5000/"])
def test_page_of_a_running_service_is_printed_without_a_key(url):
    result = label("Nimbus & Söhne", "--url", url, "--no-browser", "--json")
    assert json.loads(result.stdout) == {"url": "http://example.org:5000/companies/Nimbus%20%26%20S%C3%B6hne/label"}


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", "http://", "http://example.org/?a=b"])
def test_malformed_url_is_an_error(url):
    result = label("Acme", "--url", url, "--no-browser")
    assert result.exit_code == 2 and f"--url {url}" in result.stderr


def test_url_needs_a_name():
    assert label("--url", "http://example.org").exit_code == 2


def test_name_is_needed_among_several_companies():
    result = label("--no-browser")
    assert result.exit_code == 2 and "give the NAME of one: Acme, Nimbus & Söhne" in result.stderr


def test_only_company_is_the_default():
    CliRunner().invoke(main, ["watch", "remove", "Nimbus & Söhne"])
    with running("--no-browser") as (_, url):
        assert "/companies/Acme/label#key=" in url


def test_without_companies_the_next_step_is_named():
    for name in ("Acme", "Nimbus & Söhne"):
        CliRunner().invoke(main, ["watch", "remove", name])
    result = label("--no-browser")
    assert result.exit_code == 1 and "`emoji-api watch add` adds one" in result.stderr


def test_unknown_company_is_an_error():
    result = label("Nobody", "--no-browser")
    assert result.exit_code == 1 and "there is no company 'Nobody'" in result.stderr


def test_missing_database_is_reported_and_not_created(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", f"sqlite:///{tmp_path}/none/file.db")
    assert "there is no database" in label("Acme", "--no-browser").stderr
    assert not (tmp_path / "none").exists()
