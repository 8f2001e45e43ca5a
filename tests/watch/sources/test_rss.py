"""RSS and Atom feeds on an HTTP server."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256

import pytest
from werkzeug import Request, Response

from emoji_api.errors import SourceError, SourceRateLimited
from emoji_api.watch.sources import Post, open_source
from tests.watch.sources.platform import Collection, Platform, json_response, minutes_ago


def item(title: str, minutes: float | None = 5, guid: str | None = None, description: str = "", more: str = "") -> str:
    """Return an item of an RSS feed; `minutes` None: without a date."""
    date = "" if minutes is None else f"<pubDate>{format_datetime(minutes_ago(minutes))}</pubDate>"
    return (
        f"<item><title>{title}</title><guid>{guid or title}</guid><link>https://news.example/{guid or 1}</link>{date}"
        f"<description><![CDATA[{description}]]></description>{more}</item>"
    )


class Feed(Platform):
    """A feed whose ETag is the hash of its content."""

    def __init__(self, server, path: str, *items: str):
        self.items = list(items)
        super().__init__(server, path, self.answer)
        self.conditions: list[str | None] = []

    def answer(self, request: Request) -> Response:
        document = (
            '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
            f"<title>News</title><language>en-gb</language>{''.join(self.items)}</channel></rss>"
        )
        etag = f'"{sha256(document.encode()).hexdigest()[:8]}"'
        self.conditions.append(request.headers.get("If-None-Match"))
        if self.conditions[-1] == etag:
            return Response(status=304, headers={"ETag": etag})
        headers = {"ETag": etag, "Last-Modified": format_datetime(minutes_ago(1), usegmt=True)}
        return Response(document, content_type="application/rss+xml", headers=headers)


@pytest.fixture
def feed(httpserver) -> Feed:
    return Feed(httpserver, "/news")


@pytest.fixture
def collection(httpserver, feed) -> Collection:
    return Collection(source=open_source("rss", {"url": httpserver.url_for("/news")}))


def test_entry_has_id_time_text_language_link_and_author(feed, collection):
    feed.items = [item("Acme grows", 5, "a7", "<p>By <b>40 %</b> &amp; more</p>", "<dc:creator>Ann</dc:creator>")]
    expected = Post(
        id="a7",
        time=minutes_ago(5),
        text="Acme grows\nBy 40 % & more",
        language="en",
        link="https://news.example/a7",
        author="Ann",
    )
    assert list(collection.run().posts.values()) == [expected]


def test_atom_is_read(httpserver):
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:1</id>'
        f'<title type="text">1 &lt; 2: Acme</title><updated>{minutes_ago(3).isoformat()}</updated>'
        '<content type="html">&lt;p&gt;Text&lt;/p&gt;</content></entry></feed>'
    )
    Platform(httpserver, "/atom", lambda request: Response(document, content_type="application/atom+xml"))
    (post,) = Collection(source=open_source("rss", {"url": httpserver.url_for("/atom")})).run().posts.values()
    assert (post.id, post.time, post.text) == ("urn:1", minutes_ago(3), "1 < 2: Acme\nText")


def test_entries_without_every_word_of_the_query_are_no_results(feed, collection):
    collection.query = "acme Corp"
    feed.items = [item("ACME: the corp"), item("Acme alone"), item("weather", description="of Acme Corp")]
    assert collection.run().texts == ["ACME: the corp", "weather\nof Acme Corp"]


def test_query_in_the_address_is_searched_by_the_server(httpserver):
    feed = Feed(httpserver, "/search", item("about something else"))
    source = open_source("rss", {"url": httpserver.url_for("/search") + "?q={query}"})
    collection = Collection(source=source, query="acme & co")
    assert collection.run().texts == ["about something else"]
    assert feed.requests == [{"q": "acme & co"}]


def test_several_feeds_are_read_relative_to_the_base_url(httpserver, feed):
    feed.items, other = [item("Acme one", 2)], Feed(httpserver, "/blog", item("Acme two", 1))
    source = open_source("rss", {"url": "news  blog", "base_url": httpserver.url_for("/")})
    assert Collection(source=source).run().texts == ["Acme one", "Acme two"]
    assert len(other.requests) == 1


def test_empty_feed_has_no_posts(feed, collection):
    assert collection.run().posts == {} and collection.rejected == []


def test_unchanged_feed_is_not_sent_again(feed, collection):
    feed.items = [item("Acme")]
    collection.run()
    assert collection.run().texts == ["Acme"]
    assert (
        feed.conditions[0] is None
        and feed.conditions[1] == json.loads(collection.cursor)[feed_url(collection)]["If-None-Match"]
    )
    feed.items.append(item("Acme again", 1))
    assert collection.run().texts == ["Acme", "Acme again"]


def feed_url(collection: Collection) -> str:
    """Return the address of the only feed in the cursor."""
    (url,) = json.loads(collection.cursor)
    return url


def test_period_is_half_open_and_later_entries_are_read_again(feed, collection):
    feed.items = [item(f"Acme {minutes}", minutes) for minutes in (5, 4, 3, 2)]
    assert collection.run(since=minutes_ago(4), until=minutes_ago(2)).texts == ["Acme 4", "Acme 3"]
    assert collection.run().texts == ["Acme 5", "Acme 4", "Acme 3", "Acme 2"]


def test_repeated_entries_have_the_same_id(feed, collection):
    feed.items = [item("Acme", 5, "one"), item("Acme", 5, "one")]
    assert list(collection.run().posts) == ["one"]


def test_relative_link_is_completed(feed, collection, httpserver):
    feed.items = [item("Acme").replace("https://news.example/1", "/items/1")]
    (post,) = collection.run().posts.values()
    assert post.link == httpserver.url_for("/items/1")


def test_link_is_the_id_of_an_entry_without_guid(feed, collection):
    feed.items = [item("Acme").replace("<guid>Acme</guid>", "")]
    assert list(collection.run().posts) == ["https://news.example/1"]


def test_long_id_is_shortened_to_its_hash(feed, collection):
    feed.items = [item("Acme", 5, "x" * 256), item("Acme", 5, "y" * 255)]
    assert list(collection.run().posts) == [sha256(b"x" * 256).hexdigest(), "y" * 255]


def test_malformed_entries_are_rejected_with_their_position(feed, collection, httpserver):
    no_id = item("Acme").replace("<guid>Acme</guid>", "").replace("<link>https://news.example/1</link>", "")
    feed.items = [item("Acme good"), item("Acme without date", None), no_id, item("weather", None)]
    assert collection.run().texts == ["Acme good"]
    url = httpserver.url_for("/news")
    assert collection.rejected == [f"{url}, entry 2: no date", f"{url}, entry 3: no guid and no link"]


def test_markup_is_no_text(feed, collection):
    feed.items = [item("Acme", description='<script>alert(1)</script><img src=x onerror="alert(2)">fine')]
    assert collection.run().texts == ["Acme\nfine"]


@pytest.mark.parametrize("document", ["<html><body>Sign in</body></html>", "", "/etc/passwd", '{"items": []}'])
def test_document_that_is_no_feed_is_reported(feed, collection, document):
    feed.failures = [Response(document, content_type="text/html")]
    with pytest.raises(SourceError, match="/news is neither RSS nor Atom"):
        collection.run()


def test_feed_that_the_parser_cannot_read_is_reported(feed, collection):
    feed.items = [item("Acme &#xd800;")]
    with pytest.raises(SourceError, match="/news cannot be parsed: .*surrogates not allowed"):
        collection.run()


def test_rate_limit_is_reported_with_its_end(feed, collection, waits):
    feed.failures = [Response(status=429, headers={"Retry-After": "900"})]
    with pytest.raises(SourceRateLimited) as caught:
        collection.run()
    assert abs(caught.value.reset - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(minutes=5)
    assert waits == []


def test_collection_waits_for_the_end_of_a_short_rate_limit(feed, collection, waits):
    feed.items = [item("Acme")]
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    feed.failures = [Response(status=429, headers={"Retry-After": date})]
    assert collection.run().texts == ["Acme"]
    assert len(waits) == 1 and 18 <= waits[0] <= 22


def test_server_errors_are_retried(feed, collection, waits):
    feed.items = [item("Acme")]
    feed.failures = [Response(status=502), json_response({}, 503)]
    assert collection.run().texts == ["Acme"]
    assert len(waits) == 2


def test_request_without_an_answer_in_time_is_repeated(feed, collection, waits, httpserver, monkeypatch):
    monkeypatch.setattr("emoji_api.watch.sources.rss.TIMEOUT", 0.2)
    feed.items = [item("Acme")]
    feed.delays = [0.3]
    collection.source = open_source("rss", {"url": httpserver.url_for("/news")})
    assert collection.run().texts == ["Acme"]
    assert waits


def test_other_feeds_are_read_although_one_fails(httpserver, feed, waits):
    feed.failures = [Response(status=500)] * 5
    Feed(httpserver, "/blog", item("Acme two", 1))
    source = open_source("rss", {"url": "news blog", "base_url": httpserver.url_for("/")})
    collection = Collection(source=source)
    with pytest.raises(SourceError, match="/news cannot be read now, after 5 attempts: 500"):
        collection.run()
    assert collection.texts == ["Acme two"]
    assert list(json.loads(collection.cursor)) == [httpserver.url_for("/blog")]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refused_request_is_reported_with_the_address(feed, collection, waits, status):
    feed.failures = [Response(status=status)]
    with pytest.raises(SourceError, match=f"/news refuses the request: {status}"):
        collection.run()
    assert waits == []


@pytest.mark.parametrize("options", [{"url": " "}, {"url": "news"}, {"url": "file:///etc/passwd"}, {}])
def test_malformed_address_is_refused(options):
    with pytest.raises(SourceError, match="url"):
        open_source("rss", options)


def test_nothing_is_lost_when_a_collection_stops_in_the_middle(httpserver, feed):
    feed.items, other = [item("Acme one", 3)], Feed(httpserver, "/blog", item("Acme two", 2))
    source = open_source("rss", {"url": "news blog", "base_url": httpserver.url_for("/")})
    collection = Collection(source=source)
    pages = collection.pages()
    next(pages)
    pages.close()  # the process is killed
    other.items.append(item("Acme three", 1))
    assert collection.run().texts == ["Acme one", "Acme two", "Acme three"]
