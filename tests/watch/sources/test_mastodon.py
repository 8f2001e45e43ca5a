"""Mastodon: hashtag timelines and search against a server that speaks its API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from emoji_api.errors import SourceError, SourceRateLimited, SourceUnauthorized
from emoji_api.watch.sources import Post, open_source
from tests.watch.sources.platform import Collection, Platform, json_response, minutes_ago

TOKEN = "ZA-Yj3aBD8U8Cm7lKUp-lm9O9BmDgdhHzDeqsY8tlL0"
PAGE = 2


def post_id(time: datetime) -> str:
    """Return the id of a post at `time`: milliseconds since 1970, then 16 bits of sequence."""
    return str(int(time.timestamp() * 1000) << 16)


def entry(content: str, minutes: float, **more: Any) -> dict[str, Any]:
    """Return a post as the API returns it."""
    time = minutes_ago(minutes)
    return {
        "id": post_id(time),
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "content": f"<p>{content}</p>",
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "url": f"https://social.example/@author/{post_id(time)}",
        "account": {"id": "1", "acct": "author@social.example", "username": "author"},
        "media_attachments": [],
    } | more


class Mastodon:
    """A server with the timeline of #acme and a search, each with pages of two posts. `token` is needed if set."""

    def __init__(self, server):
        self.entries: list[dict[str, Any]] = []
        self.token: str | None = None
        Platform(server, "/api/v2/instance/", lambda request: json_response({"error": "Not Found"}, 404))
        self.timeline = Platform(server, "/api/v1/timelines/tag/acme", self.answer_timeline)
        self.search = Platform(server, "/api/v2/search", self.answer_search)

    def found(self, request: Request, after: str) -> list[dict[str, Any]]:
        oldest, latest = int(request.args.get(after, 0)), int(request.args.get("max_id", 1 << 80))
        found = [post for post in self.entries if "id" not in post or oldest < int(post["id"]) < latest]
        return sorted(found, key=lambda post: int(post.get("id", 0)), reverse=True)

    def answer_timeline(self, request: Request) -> Any:
        return self.refusal(request) or self.found(request, "since_id")[:PAGE]

    def answer_search(self, request: Request) -> Any:
        offset = int(request.args["offset"])
        page = self.found(request, "min_id")[offset : offset + PAGE]
        return self.refusal(request) or {"accounts": [], "hashtags": [], "statuses": page}

    def refusal(self, request: Request) -> Response | None:
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return json_response({"error": "The access token is invalid"}, 401)
        return None


@pytest.fixture
def mastodon(httpserver) -> Mastodon:
    return Mastodon(httpserver)


@pytest.fixture
def collection(httpserver, mastodon) -> Collection:
    return Collection(source=open_source("mastodon", {"base_url": httpserver.url_for("")}), query="#acme")


@pytest.fixture(params=["#acme", "acme"])
def either(request, collection) -> Collection:
    """A collection by hashtag, and one by search."""
    collection.query = request.param
    return collection


def test_post_has_id_time_text_language_link_and_author(mastodon, either):
    mastodon.entries = [entry('I love <a href="https://acme.example"><span>Acme</span></a> &amp; co<br/>really', 5)]
    expected = Post(
        id=post_id(minutes_ago(5)),
        time=minutes_ago(5),
        text="I love Acme & co\nreally",
        language="en",
        link=f"https://social.example/@author/{post_id(minutes_ago(5))}",
        author="author@social.example",
    )
    assert list(either.run().posts.values()) == [expected]


@pytest.mark.parametrize("query", ["acme corp", "#acme #fail", "#acme/../beta", "#"])
def test_other_queries_are_searched(mastodon, collection, query):
    collection.query = query
    collection.run()
    (request,) = mastodon.search.requests
    assert (request["q"], request["type"]) == (query, "statuses")
    assert mastodon.timeline.requests == []


def test_all_pages_are_read(mastodon, either):
    mastodon.entries = [entry(f"post {minutes}", minutes) for minutes in range(5, 0, -1)]
    assert either.run().texts == ["post 5", "post 4", "post 3", "post 2", "post 1"]
    assert bool(mastodon.timeline.requests) == (either.query == "#acme") != bool(mastodon.search.requests)


def test_empty_result_keeps_the_cursor(mastodon, either):
    either.cursor = before = post_id(minutes_ago(60))
    assert either.run().posts == {}
    assert either.cursor == before


def test_post_that_arrived_late_is_found_by_the_next_collection(mastodon, either):
    mastodon.entries = [entry("long ago", 300), entry("newest", 10)]
    either.run()
    mastodon.entries.append(entry("late", 30))
    assert either.run().texts == ["long ago", "late", "newest"]
    request = (mastodon.timeline.requests or mastodon.search.requests)[-2]
    assert request.get("since_id", request.get("min_id")) == post_id(minutes_ago(70))


def test_period_is_half_open(mastodon, either):
    mastodon.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 5, 4, 3, 2)]
    assert either.run(since=minutes_ago(4), until=minutes_ago(2)).texts == ["post 4", "post 3"]


def test_search_starts_at_the_later_of_cursor_and_period(mastodon, either):
    mastodon.entries = [entry(f"post {minutes}", minutes) for minutes in (600, 200, 100, 2)]
    either.cursor = post_id(minutes_ago(190))
    assert either.run(since=minutes_ago(60)).texts == ["post 2"]
    either.posts.clear()
    either.cursor = post_id(minutes_ago(130))
    assert either.run(since=minutes_ago(900)).texts == ["post 100", "post 2"]


def test_search_ends_on_a_server_that_ignores_the_offset(mastodon, collection):
    collection.query = "acme"
    page = {"accounts": [], "hashtags": [], "statuses": [entry("post", 1)]}
    mastodon.search.failures = [json_response(page)] * 3
    assert collection.run().texts == ["post"]
    assert len(mastodon.search.requests) == 2


def test_repeated_posts_are_returned_with_the_same_id(mastodon, collection):
    collection.query = "acme"
    mastodon.entries = [entry("one", 3), entry("two", 2), entry("two", 2), entry("three", 1)]
    assert collection.run().texts == ["one", "two", "three"]


def test_text_has_the_content_warning_and_no_script(mastodon, collection):
    content = 'I hate<script>alert(1)</script><svg onload="alert(2)"></svg> it'
    mastodon.entries = [entry(content, 1, spoiler_text="rant about Acme")]
    assert collection.run().texts == ["rant about Acme\nI hate it"]


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct"])
def test_only_public_posts_are_returned(mastodon, either, visibility):
    mastodon.entries = [entry("public", 2), entry("for friends", 1, visibility=visibility)]
    assert either.run().texts == ["public"]


def test_picture_without_text_is_no_result(mastodon, collection):
    mastodon.entries = [entry("", 1, media_attachments=[{"id": "1", "type": "image"}])]
    assert collection.run().posts == {} and collection.rejected == []


def test_malformed_posts_are_rejected_with_their_position(mastodon, either):
    bad_time, naive = entry("bad time", 3, created_at="yesterday"), entry("naive", 2, created_at="2026-11-27T10:00:00")
    mastodon.entries = [entry("good", 4), bad_time, naive, entry("", 1)]
    assert either.run().texts == ["good"]
    assert either.rejected == [
        "page 1, post 1: no text",
        "page 1, post 2: the time 2026-11-27 10:00:00 has no UTC offset",
        "page 2, post 1: no created_at",
    ]


def test_entry_without_an_id_is_rejected(mastodon, collection):
    collection.query = "acme"
    broken = entry("no id", 1)
    del broken["id"]
    mastodon.entries = [broken, entry("good", 2)]
    assert collection.run().texts == ["good"]
    assert collection.rejected == ["page 1, post 2: no id"]


def test_posts_of_suspended_accounts_are_deleted(mastodon, either):
    suspended = entry("gone", 1, account={"id": "2", "acct": "gone", "suspended": True})
    mastodon.entries = [entry("good", 2), suspended]
    assert either.run().texts == ["good"]
    assert either.deleted == [suspended["id"]]


def test_rate_limit_is_reported_with_its_end(mastodon, collection, waits):
    reset = (datetime.now(UTC) + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    mastodon.timeline.failures = [json_response({"error": "Too many requests"}, 429, X_RateLimit_Reset=reset)]
    with pytest.raises(SourceRateLimited) as caught:
        collection.run()
    assert abs(caught.value.reset - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(minutes=1)
    assert waits == []


def test_collection_waits_for_the_end_of_a_short_rate_limit(mastodon, collection, waits):
    mastodon.entries = [entry("post", 1)]
    reset = (datetime.now(UTC) + timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    mastodon.timeline.failures = [json_response({"error": "Too many requests"}, 429, X_RateLimit_Reset=reset)]
    assert collection.run().texts == ["post"]
    assert len(waits) == 1 and 18 <= waits[0] <= 23  # the header Date has whole seconds


def test_rate_limit_without_an_end_is_retried_and_then_reported(mastodon, collection, waits):
    mastodon.timeline.failures = [json_response({"error": "Too many requests"}, 429)] * 5
    with pytest.raises(SourceRateLimited) as caught:
        collection.run()
    assert caught.value.reset is None and len(waits) == 4


def test_server_errors_are_retried(mastodon, either, waits):
    mastodon.entries = [entry("post", 1)]
    mastodon.timeline.failures = mastodon.search.failures = [Response("<html>", 502), json_response({}, 503)]
    assert either.run().texts == ["post"]
    assert len(waits) == 2


def test_request_without_an_answer_in_time_is_repeated(mastodon, collection, waits, httpserver, monkeypatch):
    monkeypatch.setattr("emoji_api.watch.sources.mastodon.TIMEOUT", 0.2)
    mastodon.entries = [entry("post", 1)]
    mastodon.timeline.delays = [0.3]
    collection.source = open_source("mastodon", {"base_url": httpserver.url_for("")})
    assert collection.run().texts == ["post"]
    assert waits


def test_lasting_server_error_is_reported(mastodon, collection, waits):
    mastodon.timeline.failures = [json_response({"error": "down"}, 503)] * 5
    with pytest.raises(SourceError, match="Mastodon cannot be read now, after 5 attempts: 503 SERVICE UNAVAILABLE"):
        collection.run()
    assert len(waits) == 4 and mastodon.timeline.failures == []


def test_unreachable_server_is_reported(waits):
    with pytest.raises(SourceError, match="Mastodon cannot be read now"):
        Collection(source=open_source("mastodon", {"base_url": "http://127.0.0.1:9"})).run()
    assert len(waits) == 4


@pytest.mark.parametrize("content", ["<html>", "7"])
@pytest.mark.parametrize("query", ["#acme", "acme"])
def test_unexpected_answer_is_reported(mastodon, collection, query, content):
    collection.query = query
    for platform in (mastodon.timeline, mastodon.search):
        platform.failures = [Response(content, 200, content_type="application/json")] * 5
    with pytest.raises(SourceError):
        collection.run()


def test_token_is_sent(mastodon, either, httpserver, monkeypatch):
    monkeypatch.setenv("EMOJI_API_MASTODON_TOKEN", TOKEN)
    mastodon.token, mastodon.entries = TOKEN, [entry("post", 1)]
    source = open_source("mastodon", {"base_url": httpserver.url_for("")})
    assert Collection(source=source, query=either.query).run().texts == ["post"]


def test_missing_token_names_the_variable_and_the_page(mastodon, either, httpserver):
    mastodon.token = TOKEN
    page = httpserver.url_for("/settings/applications")
    with pytest.raises(SourceUnauthorized, match=f"EMOJI_API_MASTODON_TOKEN; see {page}"):
        either.run()


def test_expired_token_between_two_pages_keeps_the_first(mastodon, either):
    mastodon.entries = [entry(f"post {minutes}", minutes) for minutes in (3, 2, 1)]
    pages = either.pages()
    next(pages)
    mastodon.token = TOKEN
    with pytest.raises(SourceUnauthorized):
        next(pages)
    assert either.texts == ["post 2", "post 1"] and either.cursor is None


@pytest.mark.parametrize("options", [{"instance": ""}, {"instance": "https://"}, {"base_url": "mastodon.social"}])
def test_malformed_address_is_refused(options):
    with pytest.raises(SourceError, match="the option (instance|base_url)"):
        open_source("mastodon", options)


@pytest.mark.parametrize("stored", [1, 2, 3])
def test_nothing_is_lost_when_a_collection_stops_in_the_middle(mastodon, either, stored):
    mastodon.entries = [entry("first", 600)]
    either.run()
    mastodon.entries += [entry(f"post {minutes}", minutes) for minutes in range(10, 4, -1)]
    pages = either.pages()
    for _ in range(stored):
        next(pages)
    pages.close()  # the process is killed
    mastodon.entries += [entry(f"post {minutes}", minutes) for minutes in range(4, 0, -1)]
    assert either.run().texts == ["first", *(f"post {minutes}" for minutes in range(10, 0, -1))]
