"""An application with watched companies, and clients that ask for pages."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import emoji_api
from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import Company, WatchedPost
from emoji_api.inference.bundle import read_bundle
from emoji_api.watch.rollup import roll_up
from tests.watch.conftest import answers_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""The header that browsers send."""
DAY = date(2026, 11, 2)
HOSTILE_NAME = '"><img src=x onerror=alert(1)>'
HOSTILE_TEXTS = [
    "<script>alert(1)</" + "script> all fine",
    '"><svg onload=alert(1)> fine',
    "fine' onmouseover='alert(1)",
    "</textarea>{{ 7777*7777 }} fine <!--",
]
READ_KEY = "a-watch-key-of-the-tests"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory) -> str:
    """The URL of a database with the companies "acme", "new" without posts, and one with a hostile name.

    "acme" has posts on 2 and 4 November 2026, and was collected on the 6th.
    """
    url = f"sqlite:///{tmp_path_factory.mktemp('instance')}/emoji_api.db"
    bundle = read_bundle(Path(emoji_api.__file__).parent / "models" / "tweets", verify=False)
    collected = datetime(2026, 11, 6, 12, tzinfo=UTC)
    with Database(url).session() as session:
        acme = Company(name="acme", query="acme tools", source="file", collected_at=collected)
        hostile = Company(name=HOSTILE_NAME, query="<i>query</i>", source="file", collected_at=collected)
        session.add_all([acme, hostile, Company(name="new", query="new", source="rss")])
        session.flush()
        number = 0

        def add(company: Company, day: date, text: str, language: str = "en", link: str | None = None, **answers):
            nonlocal number
            number += 1
            session.add(
                WatchedPost(
                    company_id=company.id,
                    source="file",
                    post_id=str(number),
                    time=datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=number),
                    text=text,
                    language=language,
                    link=link,
                    model_version=bundle.version if language == "en" else None,
                    answers=answers_of(text, **answers) if language == "en" else None,
                )
            )

        for _ in range(30):
            add(acme, DAY, "everything works well", sentiment="positive", emotion="joy", phrase="works well")
        for _ in range(10):
            add(acme, DAY + timedelta(days=2), "refund denied again", sentiment="negative", emotion="anger")
        add(acme, DAY + timedelta(days=2), "😀 😀 so angry now", sentiment="negative", emotion="anger", phrase="angry")
        add(acme, DAY + timedelta(days=2), "alles gut", language="de", link="https://posts.example/1?a=1&b=2")
        add(acme, DAY + timedelta(days=2), "هذا جيد", language="ar", link="javascript:alert(1)")
        add(acme, DAY + timedelta(days=2), "=HYPERLINK(1)", sentiment="neutral")
        for text in HOSTILE_TEXTS:
            add(hostile, DAY, text, link='https://posts.example/"onclick="alert(1)', phrase="fine")
        session.flush()
        for company in (acme, hostile):
            roll_up(session, company, [DAY, DAY + timedelta(days=2)], bundle)
    return url


@pytest.fixture(scope="session")
def app(database_url):
    return create_app({"DATABASE_URL": database_url, "PROPAGATE_EXCEPTIONS": False})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def get_page(client):
    """Return a function that gets a page as a browser does."""

    def get(address: str, status: int = 200) -> str:
        response = client.get(address, headers=BROWSER)
        assert (response.status_code, response.mimetype) == (status, "text/html"), response.text
        return response.text

    return get


@pytest.fixture(scope="session")
def locked_client(database_url):
    """A client of a service that asks readers for a key."""
    return create_app({"DATABASE_URL": database_url, "WATCH_KEYS": [READ_KEY]}).test_client()
