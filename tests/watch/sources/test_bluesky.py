"""Bluesky: search against a server that speaks the AT Protocol."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from emoji_api.errors import SourceError, SourceRateLimited, SourceUnauthorized
from emoji_api.watch.sources import Post, open_source
from tests.watch.sources.platform import Collection, Platform, in_seconds, json_response, minutes_ago

AUTHOR = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
HANDLE, PASSWORD = "watcher.bsky.social", "abcd-efgh-ijkl-mnop"
PAGE = 2


def iso(time: datetime) -> str:
    """Return the time as the protocol writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def entry(text: str, minutes: float, indexed: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a post as the API returns it, written `minutes` and indexed `indexed` minutes ago."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": iso(minutes_ago(minutes)), "langs": ["en-US"]}
    return {
        "uri": f"at://{AUTHOR}/app.bsky.feed.post/3k{minutes}",
        "cid": "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae",
        "author": {"did": AUTHOR, "handle": "author.bsky.social"},
        "record": record,
        "indexedAt": iso(minutes_ago(minutes if indexed is None else indexed)),
        "labels": [],
    } | more


def sort_time(post: dict[str, Any]) -> str:
    """Return the time by which the server sorts and filters."""
    return min(post["record"].get("createdAt", "9"), post["indexedAt"])


def jwt(expires_in: float) -> str:
    """Return an access token."""
    parts = ({"typ": "at+jwt", "alg": "ES256K"}, {"sub": AUTHOR, "exp": round(time.time() + expires_in)})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (*parts, "signature"))


class Bluesky(Platform):
    """A server with search, pages of two posts, and sessions."""

    def __init__(self, server):
        self.entries: list[dict[str, Any]] = []
        self.token = jwt(7200)
        self.refreshed = jwt(7200) + "2"
        super().__init__(server, "/xrpc/app.bsky.feed.searchPosts", self.answer)
        self.sessions = Platform(server, "/xrpc/com.atproto.server.createSession", self.create_session, "POST")
        self.refreshes = Platform(server, "/xrpc/com.atproto.server.refreshSession", self.refresh_session, "POST")

    def session(self) -> dict[str, Any]:
        return {"accessJwt": self.token, "refreshJwt": jwt(86400), "handle": HANDLE, "did": AUTHOR, "active": True}

    def create_session(self, request: Request) -> Any:
        if request.json != {"identifier": HANDLE, "password": PASSWORD}:
            return json_response({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
        return self.session()

    def refresh_session(self, request: Request) -> Any:
        self.token = self.refreshed
        return self.session()

    def answer(self, request: Request) -> Any:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return json_response({"error": "AuthMissing", "message": "Authentication Required"}, 401)
        since, until = request.args.get("since", ""), request.args.get("until", "9")
        found = [post for post in self.entries if since <= sort_time(post) < until]
        found.sort(key=sort_time, reverse=True)
        offset = int(request.args.get("cursor", "0"))
        more = {"cursor": str(offset + PAGE)} if offset + PAGE < len(found) else {}
        return {"posts": found[offset : offset + PAGE]} | more


@pytest.fixture
def bluesky(httpserver) -> Bluesky:
    return Bluesky(httpserver)


@pytest.fixture
def collection(httpserver, bluesky, monkeypatch) -> Collection:
    monkeypatch.setenv("EMOJI_API_BLUESKY_HANDLE", HANDLE)
    monkeypatch.setenv("EMOJI_API_BLUESKY_PASSWORD", PASSWORD)
    return Collection(source=open_source("bluesky", {"base_url": httpserver.url_for("")}))


def test_post_has_id_time_text_language_link_and_author(bluesky, collection):
    bluesky.entries = [entry("I love Acme", 5)]
    expected = Post(
        id=f"at://{AUTHOR}/app.bsky.feed.post/3k5",
        time=minutes_ago(5),
        text="I love Acme",
        language="en",
        link=f"https://bsky.app/profile/{AUTHOR}/post/3k5",
        author=AUTHOR,
    )
    assert list(collection.run().posts.values()) == [expected]


def test_query_is_sent_for_the_newest_posts(bluesky, collection):
    collection.query = '"acme corp" lang:en'
    collection.run()
    assert bluesky.requests == [{"q": '"acme corp" lang:en', "sort": "latest", "limit": "100"}]


def test_all_pages_are_read(bluesky, collection):
    bluesky.entries = [entry(f"post {minutes}", minutes) for minutes in range(5, 0, -1)]
    assert collection.run().texts == ["post 5", "post 4", "post 3", "post 2", "post 1"]
    assert len(bluesky.requests) == 3 and len(bluesky.sessions.requests) == 1


def test_empty_result_keeps_the_cursor(bluesky, collection):
    collection.cursor = before = iso(minutes_ago(60))
    assert collection.run().posts == {}
    assert collection.cursor == before


def test_post_that_was_indexed_late_is_found_by_the_next_collection(bluesky, collection):
    bluesky.entries = [entry("long ago", 300), entry("newest", 10)]
    collection.run()
    bluesky.entries += [entry("late", 30, indexed=1)]
    assert collection.run().texts == ["long ago", "late", "newest"]
    assert datetime.fromisoformat(bluesky.requests[-1]["since"]) == minutes_ago(70)


def test_time_in_the_future_becomes_the_time_of_indexing(bluesky, collection):
    bluesky.entries = [entry("from the future", -100_000, indexed=3)]
    (post,) = collection.run().posts.values()
    assert post.time == minutes_ago(3)


def test_period_is_half_open(bluesky, collection):
    bluesky.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 5, 4, 3, 2)]
    assert collection.run(since=minutes_ago(4), until=minutes_ago(2)).texts == ["post 4", "post 3"]


def test_search_starts_at_the_later_of_cursor_and_period(bluesky, collection):
    bluesky.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 200, 100, 2)]
    collection.cursor = iso(minutes_ago(190))
    assert collection.run(since=minutes_ago(60)).texts == ["post 2"]
    collection.posts.clear()
    collection.cursor = iso(minutes_ago(130))
    assert collection.run(since=minutes_ago(900)).texts == ["post 100", "post 2"]


def test_repeated_posts_are_returned_with_the_same_id(bluesky, collection):
    bluesky.entries = [entry("one", 3), entry("two", 2), entry("two", 2), entry("three", 1)]
    assert collection.run().texts == ["one", "two", "three"]


def test_malformed_posts_are_rejected_with_their_position(bluesky, collection):
    no_text, no_zone = entry("", 3), entry("no UTC offset", 2)
    del no_text["record"]["text"]
    no_zone["record"]["createdAt"] = no_zone["record"]["createdAt"][:-1]
    bluesky.entries = [entry("good", 4), no_text, no_zone, entry("no author", 1, author=None)]
    assert collection.run().texts == ["good"]
    assert [message.split(": ")[0] for message in collection.rejected] == [
        "page 1, post 1",
        "page 1, post 2",
        "page 2, post 1",
    ]
    assert collection.rejected[1].endswith("has no UTC offset") and collection.rejected[2].endswith("no text")


def test_picture_without_text_is_no_result(bluesky, collection):
    bluesky.entries = [entry("", 1)]
    assert collection.run().posts == {} and collection.rejected == []


def test_posts_that_moderation_took_down_are_deleted(bluesky, collection):
    taken_down = entry("taken down", 2, labels=[{"val": "!takedown", "src": AUTHOR}])
    not_found = entry("", 1, notFound=True)
    labelled = entry("labelled", 3, labels=[{"val": "spam", "src": AUTHOR}])
    bluesky.entries = [labelled, taken_down, not_found]
    assert collection.run().texts == ["labelled"]
    assert collection.deleted == [not_found["uri"], taken_down["uri"]]


def test_rate_limit_is_reported_with_its_end(bluesky, collection, waits):
    error = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
    bluesky.failures = [json_response(error, 429, ratelimit_reset=in_seconds(900))]
    with pytest.raises(SourceRateLimited) as caught:
        collection.run()
    assert abs(caught.value.reset - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(minutes=5)
    assert waits == []


def test_collection_waits_for_the_end_of_a_short_rate_limit(bluesky, collection, waits):
    bluesky.entries = [entry("post", 1)]
    bluesky.failures = [json_response({"error": "RateLimitExceeded"}, 429, ratelimit_reset=in_seconds(20))]
    assert collection.run().texts == ["post"]
    assert len(waits) == 1 and 19 <= waits[0] <= 22


def test_server_errors_are_retried(bluesky, collection, waits):
    bluesky.entries = [entry("post", 1)]
    bluesky.failures = [Response("Bad Gateway", 502), json_response({"error": "UpstreamFailure"}, 503)]
    assert collection.run().texts == ["post"]
    assert len(waits) == 2


def test_request_without_an_answer_in_time_is_repeated(bluesky, collection, waits, httpserver, monkeypatch):
    monkeypatch.setattr("emoji_api.watch.sources.bluesky.TIMEOUT", 0.2)
    bluesky.entries = [entry("post", 1)]
    bluesky.delays = [0.3]
    collection.source = open_source("bluesky", {"base_url": httpserver.url_for("")})
    assert collection.run().texts == ["post"]
    assert waits


def test_lasting_server_error_is_reported(bluesky, collection, waits):
    bluesky.failures = [json_response({"error": "InternalServerError", "message": "down"}, 500)] * 5
    with pytest.raises(SourceError, match="Bluesky cannot be read now, after 5 attempts: 500 .*down"):
        collection.run()
    assert len(waits) == 4 and bluesky.failures == []


def test_unreachable_server_is_reported(collection, waits):
    with pytest.raises(SourceError, match="Bluesky cannot be read now"):
        Collection(source=open_source("bluesky", {"base_url": "http://127.0.0.1:9"})).run()
    assert len(waits) == 4


@pytest.mark.parametrize("content", ["<html>", '"text"', "[]", "{}"])
def test_unexpected_answer_is_reported(bluesky, collection, content):
    bluesky.failures = [Response(content, 200, content_type="application/json")] * 5
    with pytest.raises(SourceError):
        collection.run()


def test_refused_query_is_reported_with_the_reason(bluesky, collection, waits):
    bluesky.failures = [json_response({"error": "BadQueryString", "message": "unbalanced quotes"}, 400)]
    with pytest.raises(SourceError, match="refuses the request: 400 BadQueryString: unbalanced quotes"):
        collection.run()
    assert waits == []


def test_wrong_password_names_the_variables_and_the_page(bluesky, collection, httpserver, monkeypatch):
    monkeypatch.setenv("EMOJI_API_BLUESKY_PASSWORD", "wrong")
    with pytest.raises(SourceUnauthorized, match="EMOJI_API_BLUESKY_PASSWORD; see https://bsky.app/settings"):
        Collection(source=open_source("bluesky", {"base_url": httpserver.url_for("")})).run()


@pytest.mark.parametrize("answer", [(400, "ExpiredToken"), (401, "AuthMissing")])
def test_expired_token_between_two_pages_keeps_the_first(bluesky, collection, answer):
    status, error = answer
    bluesky.entries = [entry(f"post {minutes}", minutes) for minutes in (3, 2, 1)]
    pages = collection.pages()
    next(pages)
    bluesky.failures = [json_response({"error": error, "message": "Token has expired"}, status)]
    with pytest.raises(SourceUnauthorized):
        next(pages)
    assert collection.texts == ["post 2", "post 1"] and collection.cursor is None


def test_session_is_refreshed_before_it_expires(bluesky, collection):
    bluesky.token = jwt(300)
    bluesky.entries = [entry("post", 1)]
    assert collection.run().texts == ["post"]
    assert bluesky.token == bluesky.refreshed


@pytest.mark.parametrize("missing", ["EMOJI_API_BLUESKY_HANDLE", "EMOJI_API_BLUESKY_PASSWORD"])
def test_missing_credentials_are_reported_before_any_request(bluesky, collection, httpserver, monkeypatch, missing):
    monkeypatch.delenv(missing)
    source = open_source("bluesky", {"base_url": httpserver.url_for("")})
    with pytest.raises(SourceUnauthorized, match=missing):
        next(source.search("acme", since=None, until=None, cursor=None))
    assert bluesky.sessions.requests == []


@pytest.mark.parametrize("stored", [1, 2, 3])
def test_nothing_is_lost_when_a_collection_stops_in_the_middle(bluesky, collection, stored):
    bluesky.entries = [entry("first", 600)]
    collection.run()
    bluesky.entries += [entry(f"post {minutes}", minutes) for minutes in range(10, 4, -1)]
    pages = collection.pages()
    for _ in range(stored):
        next(pages)
    pages.close()  # the process is killed
    bluesky.entries += [entry(f"post {minutes}", minutes) for minutes in range(4, 0, -1)]
    assert collection.run().texts == ["first", *(f"post {minutes}" for minutes in range(10, 0, -1))]
