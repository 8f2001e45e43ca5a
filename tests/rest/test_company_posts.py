"""A company's posts over HTTP: listed, filtered, paged, forgotten."""

import json
from datetime import UTC, datetime
from itertools import chain

import pytest

from emoji_api.app import create_app
from emoji_api.database.extension import Database
from emoji_api.database.tables import WatchedPost
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.watch.sources import Page, Post
from emoji_api.watch.statistics import UNCERTAIN
from emoji_api.watch.store import get_company, store_page
from tests.rest.conftest import SAMPLE

PATH = "/companies/Nimbus/posts"
SAMPLE_POSTS = {row["id"]: row for row in map(json.loads, SAMPLE.read_text(encoding="utf-8").splitlines())}
DATES = sorted(post["time"] for post in SAMPLE_POSTS.values())


@pytest.fixture
def client(posts_app):
    return posts_app.test_client()


@pytest.fixture
def get(client):
    """Return a function that returns the document of the posts with these parameters."""

    def get(**query):
        response = client.get(PATH, query_string={name.strip("_"): value for name, value in query.items()})
        assert response.status_code == 200, response.text
        return response.get_json()

    return get


@pytest.fixture
def pages(get):
    """Return a function that returns all posts with these parameters, page by page."""

    def read(**query):
        page = get(**query)
        yield page["posts"]
        while page["next"]:
            page = get(**query, before=page["next"])
            yield page["posts"]

    return read


@pytest.fixture
def read_all(pages):
    """Return a function that returns all posts with these parameters."""
    return lambda limit=200, **query: list(chain.from_iterable(pages(limit=limit, **query)))


@pytest.fixture
def forget(client, admin_headers):
    return lambda post_id: client.delete(PATH, query_string={"id": post_id}, headers=admin_headers)


@pytest.fixture
def store(posts_app):
    """Return a function that stores posts about the company as a collection does, without classifying them."""

    def store(*posts, keep_authors=False):
        with Database(posts_app.config["DATABASE_URL"]).session() as session:
            store_page(session, get_company(session, "Nimbus"), Page(posts=[*posts]), keep_authors=keep_authors)

    return store


def at(time):
    return datetime.fromisoformat(time).replace(tzinfo=UTC)


def ids(posts):
    return [post["id"] for post in posts]


def test_posts_are_the_collected_ones_newest_first(read_all):
    posts = read_all()
    assert {post["id"]: post["text"] for post in posts} == {id: row["text"] for id, row in SAMPLE_POSTS.items()}
    times = [post["time"] for post in posts]
    assert times == sorted(times, reverse=True) and times[0].endswith("+00:00")
    assert all(post["link"] == SAMPLE_POSTS[post["id"]]["link"] for post in posts)


def test_answers_are_those_of_the_analysis(client, get):
    for post in get(limit=20, language="en")["posts"]:
        answers = client.get("/tweets/analysis", query_string={"text": post["text"]}).get_json()
        assert post["model_version"] == answers["model"]
        for task in ("sentiment", "emotion", "offensive", "hate"):
            names = ("label", "confidence", "emoji")
            expected = {name: answers["answers"][task][name] for name in names if name in answers["answers"][task]}
            assert post[task] == expected
        phrase = answers["answers"]["phrase"]
        assert post["phrase"] == {name: phrase[name] for name in ("selected_text", "sentiment", "start", "end")}
        assert post["text"][phrase["start"] : phrase["end"]] == phrase["selected_text"]


def test_post_in_another_language_has_no_answers(get):
    posts = get(language="de")["posts"]
    assert len(posts) > 1
    for post in posts:
        assert post["language"] == "de"
        assert {post[name] for name in ("sentiment", "emotion", "offensive", "hate", "phrase", "model_version")} == {
            None
        }


@pytest.mark.parametrize("limit", [1, 7, 100, 200])
def test_pages_join_without_gaps_and_repetitions(pages, limit):
    read = list(pages(limit=limit, to="2026-10-12"))
    posts = list(chain.from_iterable(read))
    assert len(set(ids(posts))) == len(posts) == len([time for time in DATES if time < "2026-10-13"])
    assert all(len(page) == limit for page in read[:-1])


def test_posts_of_the_same_time_are_paged(read_all, store):
    store(*(Post(id=str(number), time=at("2026-11-01T00:00:00.000001"), text="same") for number in range(5)))
    assert sorted(ids(read_all(limit=2, from_="2026-11-01"))) == list("01234")


def test_posts_collected_meanwhile_do_not_move_the_next_page(get, store):
    expected = ids(get(limit=10)["posts"])
    first = get(limit=5)
    store(Post(id="new", time=at("2027-01-01T00:00:00"), text="new"))
    assert ids(get(limit=5, before=first["next"])["posts"]) == expected[5:]


@pytest.mark.parametrize(("first", "last"), [("2026-10-20", "2026-10-20"), ("2026-10-28", None), (None, "2026-10-02")])
def test_range_has_whole_days_of_utc(read_all, first, last):
    query = {name: value for name, value in {"from": first, "to": last}.items() if value}
    posts = read_all(**query)
    expected = [id for id, row in SAMPLE_POSTS.items() if (first or "0") <= row["time"][:10] <= (last or "9999-12-31")]
    assert expected and sorted(ids(posts)) == sorted(expected)


def test_first_and_last_microsecond_of_a_day_belong_to_it(get, store):
    store(Post(id="first", time=at("2027-01-01T00:00:00"), text="a"))
    store(Post(id="last", time=at("2027-01-01T23:59:59.999999"), text="a"))
    store(Post(id="after", time=at("2027-01-02T00:00:00"), text="a"))
    assert ids(get(from_="2027-01-01", to="2027-01-01")["posts"]) == ["last", "first"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"])
def test_posts_of_the_first_and_last_year_are_paged(get, store, time):
    store(*(Post(id=id, time=at(time), text="far away") for id in "ab"))
    page = get(q="far away", limit=1)
    following = get(q="far away", limit=1, before=page["next"])
    assert sorted(ids(page["posts"] + following["posts"])) == ["a", "b"] and following["next"] is None


def test_filters_agree_with_the_statistics(client, read_all):
    days = client.get("/companies/Nimbus/days").get_json()["days"]
    for task, labels in (("sentiment", SENTIMENT.labels), ("emotion", (*EMOTION.labels, UNCERTAIN))):
        for label in labels:
            posts = read_all(**{task: label})
            assert len(posts) == sum(day[task][label]["count"] for day in days if day[task])
            assert label == UNCERTAIN or all(post[task]["label"] == label for post in posts)


def test_filters_are_combined(read_all):
    posts = read_all(limit=9, sentiment="positive", language="en", q="COFFEE", from_="2026-10-10")
    everything = read_all()
    expected = [
        post
        for post in everything
        if post["sentiment"]
        and post["sentiment"]["label"] == "positive"
        and post["language"] == "en"
        and "coffee" in post["text"].lower()
        and post["time"] >= "2026-10-10"
    ]
    assert expected and posts == expected


def test_unknown_language_is_und(get):
    posts = get(language="und")["posts"]
    assert posts and all(post["language"] is None for post in posts)


@pytest.mark.parametrize("text", ["%", "_", "/", "\\", "'", '"', "😂", "<script>"])
def test_text_is_searched_literally(get, store, text):
    assert text == "'" or get(q=f"a{text}b")["posts"] == []
    store(Post(id="special", time=at("2026-11-02T00:00:00"), text=f"a{text}b"))
    assert ids(get(q=f"A{text}B")["posts"]) == ["special"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        f"limit={10**30}",
        "sentiment=happy",
        "sentiment=",
        "emotion=hate",
        "language=",
        "language=123456789",
        "language=%00",
        "q=",
        "q=%20",
        "q=%00",
        f"q={'x' * 201}",
        "from=2026-10-02&to=2026-10-01",
        "from=2026-13-01",
        "before=",
        "before=x",
        "before=1",
        "before=1_2_3",
        "before=999999999999999999_1",
        "before=-999999999999999999_1",
        "before=1_9999999999",
        "before=%D9%A1_1",
        "before=1_1&before=1_2",
        "offset=1",
    ],
)
def test_wrong_query_is_refused(client, query):
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 422 and response.get_json()["code"] == 422


@pytest.mark.parametrize("body", [{"q": "\ud800"}, {"q": 17}, {"before": 17}, {"from": 20261001}, {"\ud800": "x"}])
def test_wrong_body_is_refused(client, body):
    assert client.get(PATH, json=body).status_code == 422


def test_author_is_there_only_if_it_was_stored(get, store):
    store(Post(id="without", time=at("2026-11-02T00:00:00"), text="a", author="ada"))
    store(Post(id="with", time=at("2026-11-03T00:00:00"), text="a", author="ada"), keep_authors=True)
    assert [post["author"] for post in get(from_="2026-11-01")["posts"]] == ["ada", None]


def test_untrusted_text_is_returned_unchanged_and_script_links_are_not(get, store):
    text = "<script>alert(1)</script> =1+1"
    store(Post(id="evil", time=at("2026-11-02T00:00:00"), text=text, link="javascript:alert(1)"))
    post = get(limit=1)["posts"][0]
    assert (post["id"], post["text"], post["link"]) == ("evil", text, None)


def test_forgotten_post_is_gone_at_once(posts_app, client, get, forget):
    days = f"/companies/Nimbus/days?from={DATES[0][:10]}&to={DATES[0][:10]}"
    (day,) = client.get(days).get_json()["days"]
    assert forget("nimbus-001").status_code == 204
    assert "nimbus-001" not in ids(get(to=DATES[0][:10])["posts"])
    assert get(q=SAMPLE_POSTS["nimbus-001"]["text"])["posts"] == []
    (without,) = client.get(days).get_json()["days"]
    assert (without["posts"], without["classified"]) == (day["posts"] - 1, day["classified"] - 1)
    assert SAMPLE_POSTS["nimbus-001"]["text"] not in json.dumps(without)
    with Database(posts_app.config["DATABASE_URL"]).session() as session:
        row = session.query(WatchedPost).filter_by(post_id="nimbus-001").one()
        assert (row.text, row.link, row.answers) == (None, None, None)


def test_forgetting_again_changes_nothing(forget):
    assert [forget("nimbus-001").status_code for _ in range(2)] == [204, 204]


@pytest.mark.parametrize(
    "post_id", ["at://did:plc:abc/app.bsky.feed.post/3k", "https://a.example/?id=1&x=%20#b", "é☕" * 200]
)
def test_post_with_any_id_is_forgotten(get, store, forget, post_id):
    store(Post(id=post_id, time=at("2026-11-02T00:00:00"), text="forget me"))
    assert forget(post_id).status_code == 204
    assert get(q="forget me")["posts"] == []


@pytest.mark.parametrize("post_id", ["nimbus", "nimbus-0011", "\0", "☕", "x" * 2000])
def test_unknown_post_is_404(forget, post_id):
    response = forget(post_id)
    assert response.status_code == 404 and "has no post" in response.get_json()["message"]


@pytest.mark.parametrize("query", ["", "?id=", f"?id={'x' * 2001}", "?post=1", "?id=1&id=2"])
def test_post_to_forget_is_named_once(client, admin_headers, query):
    assert client.delete(PATH + query, headers=admin_headers).status_code == 422


def test_post_is_forgotten_while_no_model_is_served(posts_app, broken_bundle, admin_headers):
    config = posts_app.config
    app = create_app(
        {"MODEL_PATH": str(broken_bundle)} | {name: config[name] for name in ("DATABASE_URL", "ADMIN_KEYS")}
    )
    client = app.test_client()
    assert client.delete(f"{PATH}?id=nimbus-001", headers=admin_headers).status_code == 204
    assert "nimbus-001" not in ids(client.get(f"{PATH}?limit=200&to=2026-10-01").get_json()["posts"])
