"""The form "This is wrong" of the playground: consent, errors, and pages of other sites."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import Feedback

SENT = {"text": "so happy for you, not", "right": '["emotion", "anger"]', "consent": "true", "request_id": "abc-1"}


def stored(url: str) -> list[tuple[str | None, str, str, str | None]]:
    with Database(url).session() as session:
        rows = select(Feedback.text, Feedback.task, Feedback.label, Feedback.request_id)
        return [tuple(row) for row in session.execute(rows)]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/file.db"


@pytest.fixture
def client(url):
    return create_app({"DATABASE_URL": url}).test_client()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory):
    """A client, and the file of its database, which no refused correction may create."""
    database = tmp_path_factory.mktemp("instance") / "file.db"
    return create_app({"DATABASE_URL": f"sqlite:///{database}"}).test_client(), database


def test_form_offers_the_other_labels(refusing):
    page = unescape(refusing[0].get("/", query_string={"text": "best day ever"}).text)
    values = [json.loads(value) for value in re.findall(r"<option value='([^']+)'", page)]
    assert ["emotion", "anger"] in values and ["emotion", "joy"] not in values
    assert ["hate", "hate"] in values and "finance_topic" not in {task for task, _ in values}
    assert re.search(r'name="request_id" value="[0-9a-f]{32}"', page)


def test_correction_is_stored_with_consent(client, url):
    for _ in range(2):  # sent again, as a browser does that loads the page again
        response = client.post("/", data=SENT)
        assert response.status_code == 200
        assert "Thank you. A person will review “anger”." in unescape(response.text)
    assert stored(url) == [("so happy for you, not", "emotion", "anger", "abc-1")]
    assert 'emoji_api_feedback_total{label="anger",task="emotion"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"consent": ""}, 422, "tick the box"),
        ({"consent": "no"}, 422, "tick the box"),
        ({"right": ""}, 422, "Choose what would be right"),
        ({"right": '["emotion", "glee"]'}, 422, "emotion has no label 'glee'"),
        ({"right": '["phrase", "positive"]'}, 422, "A phrase has no label"),
        ({"right": '["weather", "sun"]'}, 404, "this bundle has no task 'weather'"),
        ({"text": "nul \0 happy"}, 422, "Has a NUL character"),
        ({"request_id": "a b"}, 422, "Not a valid X-Request-ID"),
        ({"text": " "}, 422, "The text is blank"),
        ({"right": "joy"}, 400, "a choice that it does not offer"),
        ({"right": '{"emotion": "joy"}'}, 400, "a choice that it does not offer"),
        ({"right": "[" * 100_000}, 400, "a choice that it does not offer"),
    ],
)
def test_bad_correction_is_explained_and_not_stored(refusing, change, status, message):
    client, database = refusing
    response = client.post("/", data=SENT | change)
    assert (response.status_code, message in unescape(response.text)) == (status, True)
    assert not database.exists()


def test_choice_stays_after_an_error(refusing):
    page = refusing[0].post("/", data=SENT | {"consent": ""}).text
    assert re.search(r"<option value='\[\"emotion\", \"anger\"\]' selected>", page)


def test_without_a_database_the_form_says_so():
    client = create_app({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}).test_client()
    response = client.post("/", data=SENT)
    assert response.status_code == 503 and int(response.headers["Retry-After"]) > 0
    assert "Your correction is not stored: the database cannot be used now" in response.text
    assert 'id="emotion-title"' in response.text, "the answers are still there"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://other.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
    ],
)
def test_pages_of_other_sites_cannot_send_it(refusing, headers):
    client, database = refusing
    response = client.post("/", data=SENT, headers=headers)
    assert response.status_code == 403 and "A page of another site" in response.text
    assert not database.exists()


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_the_page_itself_can(client, headers):
    assert client.post("/", data=SENT, headers=headers).status_code == 200
