"""X: recent search against a server that speaks API v2."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from emoji_api.errors import SourceError, SourceRateLimited, SourceUnauthorized
from emoji_api.watch.sources import Post, open_source
from tests.watch.sources.platform import NOW, Collection, Platform, in_seconds, json_response, minutes_ago

TOKEN = "AAAA%2Fbearer"
PAGE = 2


def post_id(time: datetime) -> str:
    """Return the id of a post at `time`: 22 bits of sequence after milliseconds since 2010-11-04."""
    return str((int(time.timestamp() * 1000) - 1_288_834_974_657) << 22)


def entry(text: str, minutes: float, **more: Any) -> dict[str, Any]:
    """Return a post as the API returns it."""
    time = minutes_ago(minutes)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"id": post_id(time), "text": text, "created_at": stamp, "lang": "en", "author_id": "7"} | more


class X(Platform):
    """Recent search, with pages of two posts."""

    def __init__(self, server):
        self.entries: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        super().__init__(server, "/2/tweets/search/recent", self.answer)

    def answer(self, request: Request) -> Any:
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return json_response({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        start, end = (request.args.get(name) for name in ("start_time", "end_time"))
        found = [
            post
            for post in sorted(self.entries, key=lambda post: post["id"], reverse=True)
            if int(post["id"]) > int(request.args.get("since_id", 0))
            and (start is None or post["created_at"][:19] >= start[:19])
            and (end is None or post["created_at"][:19] < end[:19])
        ]
        offset = int(request.args.get("next_token", "t0")[1:])
        page = found[offset : offset + PAGE]
        meta: dict[str, Any] = {"result_count": len(page)}
        if offset + PAGE < len(found):
            meta["next_token"] = f"t{offset + PAGE}"
        return {"meta": meta} | ({"data": page} if page else {}) | ({"errors": self.errors} if self.errors else {})


@pytest.fixture
def x(httpserver) -> X:
    return X(httpserver)


@pytest.fixture
def collection(httpserver, x, monkeypatch) -> Collection:
    monkeypatch.setenv("EMOJI_API_X_BEARER_TOKEN", TOKEN)
    return Collection(source=open_source("x", {"base_url": httpserver.url_for("")}))


def test_post_has_id_time_text_language_link_and_author(x, collection):
    x.entries = [entry("I &lt;3 Acme &amp; co", 5)]
    id = post_id(minutes_ago(5))
    expected = Post(
        id=id,
        time=minutes_ago(5),
        text="I <3 Acme & co",
        language="en",
        link=f"https://x.com/i/status/{id}",
        author="7",
    )
    assert list(collection.run().posts.values()) == [expected]


def test_query_and_fields_are_sent(x, collection):
    collection.query = '"acme corp" -is:retweet'
    collection.run()
    assert x.requests[0]["query"] == '"acme corp" -is:retweet'
    assert {"created_at", "lang", "author_id"} <= set(x.requests[0]["tweet.fields"].split(","))


def test_all_pages_are_read(x, collection):
    x.entries = [entry(f"post {minutes}", minutes) for minutes in range(5, 0, -1)]
    assert collection.run().texts == ["post 5", "post 4", "post 3", "post 2", "post 1"]
    assert len(x.requests) == 3


def test_empty_result_keeps_the_cursor(x, collection):
    collection.cursor = post_id(minutes_ago(60))
    assert collection.run().posts == {}
    assert collection.cursor == post_id(minutes_ago(60))


def test_second_collection_asks_for_newer_posts_only(x, collection):
    x.entries = [entry("old", 9), entry("newer", 8)]
    collection.run()
    x.entries.append(entry("newest", 1))
    assert collection.run().texts == ["old", "newer", "newest"]
    assert x.requests[-1]["since_id"] == post_id(minutes_ago(8))


def test_cursor_beyond_the_reach_of_the_search_is_not_sent(x, collection):
    collection.cursor = post_id(NOW - timedelta(days=8))
    x.entries = [entry("new", 1)]
    assert collection.run().texts == ["new"]
    assert "since_id" not in x.requests[0]


def test_period_is_half_open(x, collection):
    x.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 5, 4, 3, 2)]
    assert collection.run(since=minutes_ago(4), until=minutes_ago(2)).texts == ["post 4", "post 3"]


def test_search_starts_at_the_later_of_cursor_and_period(x, collection):
    x.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 200, 100, 2)]
    collection.cursor = post_id(minutes_ago(190))
    assert collection.run(since=minutes_ago(60)).texts == ["post 2"]
    collection.posts.clear()
    collection.cursor = post_id(minutes_ago(150))
    assert collection.run(since=minutes_ago(900)).texts == ["post 100", "post 2"]


def test_period_beyond_the_reach_of_the_search_is_shortened(x, collection):
    x.entries = [entry("post", 1)]
    assert collection.run(since=NOW - timedelta(days=90)).texts == ["post"]
    assert "start_time" not in x.requests[0]


def test_end_in_the_future_is_not_sent(x, collection):
    x.entries = [entry("post", 1)]
    assert collection.run(until=NOW + timedelta(days=1)).texts == ["post"]
    assert "end_time" not in x.requests[0]


def test_long_post_is_complete(x, collection):
    x.entries = [entry("the first 280 characters…", 1, note_tweet={"text": "the whole text"})]
    assert collection.run().texts == ["the whole text"]


@pytest.mark.parametrize(("lang", "language"), [("und", None), ("qme", None), ("in", "id"), ("de", "de")])
def test_language_is_iso_639_1_or_none(x, collection, lang, language):
    x.entries = [entry("post", 1, lang=lang)]
    (post,) = collection.run().posts.values()
    assert post.language == language


def test_repeated_posts_are_returned_with_the_same_id(x, collection):
    x.entries = [entry("one", 3), entry("two", 2), entry("two", 2), entry("three", 1)]
    assert collection.run().texts == ["one", "two", "three"]


def test_malformed_posts_are_rejected_with_their_position(x, collection):
    no_time = entry("no time", 3)
    del no_time["created_at"]
    x.entries = [entry("good", 4), no_time, entry("bad time", 2, created_at="yesterday"), entry("  ", 1)]
    assert collection.run().texts == ["good"]
    assert collection.rejected == [
        "page 1, post 1: no text",
        "page 1, post 2: Invalid isoformat string: 'yesterday'",
        "page 2, post 1: no created_at",
    ]


def test_post_that_no_database_can_store_is_rejected(x, collection):
    x.entries = [entry("nul \0", 2), entry("half a \ud83d", 1)]
    assert collection.run().posts == {}
    assert collection.rejected == [
        "page 1, post 1: the text is not valid Unicode",
        "page 1, post 2: the text has a NUL character",
    ]


def test_withheld_and_missing_posts_are_deleted(x, collection):
    withheld = entry("withheld", 2, withheld={"copyright": False, "country_codes": ["XX"]})
    x.entries = [withheld, entry("good", 1)]
    x.errors = [
        {"resource_type": "tweet", "resource_id": "99", "title": "Not Found Error"},
        {"resource_type": "user", "resource_id": "7", "title": "Not Found Error"},
    ]
    assert collection.run().texts == ["good"]
    assert collection.deleted == [withheld["id"], "99"]


def test_rate_limit_is_reported_with_its_end(x, collection, waits):
    x.failures = [json_response({"title": "Too Many Requests"}, 429, x_rate_limit_reset=in_seconds(900))]
    with pytest.raises(SourceRateLimited) as caught:
        collection.run()
    assert abs(caught.value.reset - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(minutes=5)
    assert waits == []


def test_collection_waits_for_the_end_of_a_short_rate_limit(x, collection, waits):
    x.entries = [entry("post", 1)]
    x.failures = [json_response({"title": "Too Many Requests"}, 429, x_rate_limit_reset=in_seconds(20))]
    assert collection.run().texts == ["post"]
    assert len(waits) == 1 and 19 <= waits[0] <= 22


def test_server_errors_are_retried_with_growing_waits(x, collection, waits):
    x.entries = [entry("post", 1)]
    x.failures = [Response("Bad Gateway", 502), Response("Over capacity", 503), json_response({}, 500)]
    assert collection.run().texts == ["post"]
    assert len(waits) == 3 and 1 <= waits[0] < waits[1] + 1 < waits[2] + 2 <= 7


def test_request_without_an_answer_in_time_is_repeated(x, collection, waits, httpserver, monkeypatch):
    monkeypatch.setattr("emoji_api.watch.sources.x.TIMEOUT", 0.2)
    x.entries = [entry("post", 1)]
    x.delays = [0.3]
    collection.source = open_source("x", {"base_url": httpserver.url_for("")})
    assert collection.run().texts == ["post"]
    assert waits


def test_lasting_server_error_is_reported(x, collection, waits):
    x.failures = [Response("Over capacity", 503)] * 5
    with pytest.raises(SourceError, match="X cannot be read now, after 5 attempts: 503"):
        collection.run()
    assert len(waits) == 4 and x.failures == []


def test_unreachable_server_is_reported(collection, waits, monkeypatch):
    with pytest.raises(SourceError, match="X cannot be read now"):
        Collection(source=open_source("x", {"base_url": "http://127.0.0.1:9"})).run()
    assert len(waits) == 4


@pytest.mark.parametrize("content", ["<html>", '"text"', "[]", "{}"])
def test_unexpected_answer_is_reported(x, collection, content):
    x.failures = [Response(content, 200, content_type="application/json")] * 5
    with pytest.raises(SourceError):
        collection.run()


def test_refused_query_is_reported_with_the_reason(x, collection, waits):
    x.failures = [json_response({"errors": [{"message": "Reference to invalid operator"}]}, 400)]
    with pytest.raises(SourceError, match="X refuses the request: 400 .*Reference to invalid operator") as caught:
        collection.run()
    assert type(caught.value) is SourceError and waits == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_names_the_variable_and_the_page(x, collection, status):
    x.failures = [json_response({"title": "Unauthorized"}, status)]
    with pytest.raises(SourceUnauthorized, match="EMOJI_API_X_BEARER_TOKEN; see https://developer.x.com"):
        collection.run()


def test_expired_token_between_two_pages_keeps_the_first(x, collection, monkeypatch):
    x.entries = [entry(f"post {minutes}", minutes) for minutes in (3, 2, 1)]
    pages = collection.pages()
    next(pages)
    x.failures = [json_response({"title": "Unauthorized"}, 401)]
    with pytest.raises(SourceUnauthorized):
        next(pages)
    assert collection.texts == ["post 2", "post 1"] and collection.cursor is None


def test_missing_token_is_reported_before_any_request(x, httpserver):
    source = open_source("x", {"base_url": httpserver.url_for("")})
    with pytest.raises(SourceUnauthorized, match="EMOJI_API_X_BEARER_TOKEN"):
        next(source.search("acme", since=None, until=None, cursor=None))
    assert x.requests == []


@pytest.mark.parametrize("base_url", ["api.x.com", "file:///etc/passwd", "https://", "http://[::1"])
def test_malformed_address_is_refused(base_url):
    with pytest.raises(SourceError, match="option base_url"):
        open_source("x", {"base_url": base_url})


@pytest.mark.parametrize("stored", [1, 2, 3])
def test_nothing_is_lost_when_a_collection_stops_in_the_middle(x, collection, stored):
    x.entries = [entry("first", 60)]
    collection.run()
    x.entries += [entry(f"post {minutes}", minutes) for minutes in range(10, 4, -1)]
    pages = collection.pages()
    for _ in range(stored):
        next(pages)
    pages.close()  # the process is killed
    x.entries += [entry(f"post {minutes}", minutes) for minutes in range(4, 0, -1)]
    assert collection.run().texts == ["first", *(f"post {minutes}" for minutes in range(10, 0, -1))]
