"""Companies and their posts in the database: stored once, classified, forgotten and purged."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from emoji_api.database.extension import Database
from emoji_api.database.tables import Company, CompanyDay, WatchedPost
from emoji_api.errors import CompanyExists, InvalidCompany, UnknownCompany
from emoji_api.watch import store
from emoji_api.watch.changes import changed_dates, delete_changes, read_changes
from emoji_api.watch.sources import Page, Post

DAY = datetime(2026, 10, 1, tzinfo=UTC)
ANSWERS = {"emotion": {"label": "joy", "confidence": 0.9}}


def post(id="1", text="what a lovely day", hours=12.0, **more):
    return Post(id=id, time=DAY + timedelta(hours=hours), text=text, **more)


@pytest.fixture
def database(database_url) -> Database:
    return Database(database_url)


@pytest.fixture
def company(database) -> Company:
    with database.session() as session:
        return store.add_company(session, "Nimbus", "nimbus coffee", "file", {"path": "posts.jsonl"})


@pytest.fixture
def call(database):
    """Call a function of the store in its own transaction."""

    def call_in_transaction(function, *arguments, **more):
        with database.session() as session:
            return function(session, *arguments, **more)

    return call_in_transaction


@pytest.fixture
def save(call, company):
    """Store posts as one page."""

    def save_posts(*posts, keep_authors=False, **page):
        return call(store.store_page, company, Page(posts=list(posts), **page), keep_authors=keep_authors)

    return save_posts


@pytest.fixture
def rows(call):
    return lambda table=WatchedPost: call(lambda session: session.scalars(select(table)).all())


def test_company_is_stored_and_found(call, company):
    found = call(store.get_company, "Nimbus")
    assert (found.query, found.source, found.options, found.cursor) == (
        "nimbus coffee",
        "file",
        {"path": "posts.jsonl"},
        None,
    )


def test_companies_are_listed_by_name(call, company):
    call(store.add_company, "Acme", "acme", "x", {})
    assert [row.name for row in call(store.list_companies)] == ["Acme", "Nimbus"]


def test_second_company_of_the_same_name_is_an_error(call, company):
    with pytest.raises(CompanyExists, match="'Nimbus' already"):
        call(store.add_company, "Nimbus", "other", "x", {})
    assert call(store.get_company, "Nimbus").query == "nimbus coffee"


@pytest.mark.parametrize("name", ["", " ", "a/b", "two\nlines", "x" * 101])
def test_name_that_cannot_be_part_of_an_address_is_refused(call, name):
    with pytest.raises(InvalidCompany, match="cannot be a company's name"):
        call(store.add_company, name, "q", "x", {})


@pytest.mark.parametrize("function", [store.get_company, store.remove_company])
def test_unknown_company_is_an_error(call, company, function):
    with pytest.raises(UnknownCompany, match="there is no company 'nimbus'"):
        call(function, "nimbus")


def test_removed_company_takes_its_posts_and_statistics_with_it(call, company, save, rows):
    save(post())
    call(lambda session: session.add(CompanyDay(company_id=company.id, date=DAY.date(), statistics={})))
    call(store.remove_company, "Nimbus")
    assert [rows(table) for table in (Company, WatchedPost, CompanyDay)] == [[], [], []]


def test_post_is_stored_with_the_language_of_its_text(save, rows):
    new_ids = save(post(text="was für ein schöner Tag", link="https://posts.example/1", author="anna"))
    (row,) = rows()
    assert new_ids == [row.id]
    assert (row.post_id, row.source, row.text, row.language) == ("1", "file", "was für ein schöner Tag", "de")
    assert (row.time, row.link, row.author) == (DAY + timedelta(hours=12), "https://posts.example/1", None)
    assert (row.answers, row.model_version) == (None, None)


def test_author_is_stored_only_on_request(save, rows):
    save(post(author="anna"), keep_authors=True)
    assert [row.author for row in rows()] == ["anna"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", " https://x", ""])
def test_link_that_is_no_web_address_is_not_stored(save, rows, link):
    save(post(link=link))
    assert [row.link for row in rows()] == [None]


def test_post_is_stored_once(save, rows):
    assert len(save(post("1"), post("2"), post("1"))) == 2
    assert len(save(post("2", text="changed"), post("3"))) == 1
    assert sorted((row.post_id, row.text) for row in rows()) == [(id, "what a lovely day") for id in "123"]


def test_same_page_stored_at_the_same_time_is_stored_once(save, rows):
    page = [post(str(number)) for number in range(50)]
    with ThreadPoolExecutor(4) as pool:
        new_ids = [id for ids in pool.map(lambda _: save(*page), range(4)) for id in ids]
    assert sorted(new_ids) == sorted(row.id for row in rows())
    assert len(new_ids) == 50


def test_cursor_is_stored_with_its_page(call, save):
    save(post(), cursor="17")
    save(post("2"))
    assert call(store.get_company, "Nimbus").cursor == "17"


def test_cursor_is_not_stored_without_its_page(call, company):
    with pytest.raises(RuntimeError):
        call(store_page_and_fail, company)
    assert call(store.get_company, "Nimbus").cursor is None


def store_page_and_fail(session, company):
    store.store_page(session, company, Page(posts=[post()], cursor="17"), keep_authors=False)
    raise RuntimeError


@pytest.mark.parametrize("text", ["a \0 b", "a \ud800 b"])
def test_characters_that_a_database_refuses_are_removed_or_replaced(save, rows, text):
    save(post("\0 id \ud800", text=text))
    assert [row.text for row in rows()] == [text.replace("\0", "").replace("\ud800", "?")]
    assert save(post("\0 id \ud800")) == []


def test_id_that_is_too_long_is_stored_as_its_hash(call, save, company, rows):
    long_id = "https://posts.example/" + "x" * 300
    save(post(long_id))
    assert save(post(long_id)) == []
    assert call(store.forget_post, company, long_id)
    assert rows()[0].text is None


def test_forgotten_post_loses_its_contents_and_is_not_collected_again(call, save, company, rows):
    (id,) = save(post(link="https://posts.example/1", author="anna"), keep_authors=True)
    call(store.set_answers, company, {id: ANSWERS}, "first")
    assert call(store.forget_post, company, "1")
    assert save(post()) == []
    (row,) = rows()
    assert (row.text, row.link, row.author, row.answers, row.model_version) == (None,) * 5


def test_unknown_post_is_not_forgotten(call, save, company):
    save(post())
    assert not call(store.forget_post, company, "2")


def test_post_that_its_platform_deleted_is_forgotten(save, rows):
    save(post("1"), post("2"))
    save(deleted=["1", "unknown"])
    assert {row.post_id: row.text for row in rows()} == {"1": None, "2": "what a lovely day"}


def test_only_english_posts_and_those_without_a_language_are_classified(call, save, company):
    texts = {"1": "what a lovely day", "2": "was für ein schöner Tag", "3": "☕☕", "4": "this one is forgotten"}
    save(*(post(id, text=text) for id, text in texts.items()))
    call(store.forget_post, company, "4")
    assert sorted(row.text for row in call(store.unclassified, company)) == [texts["1"], texts["3"]]


def test_unclassified_posts_are_read_in_chunks(call, save, company):
    ids = save(*(post(str(number)) for number in range(5)))
    first = call(store.unclassified, company, limit=3)
    second = call(store.unclassified, company, after=first[-1].id, limit=3)
    assert [row.id for row in (*first, *second)] == sorted(ids)


def test_posts_of_another_company_are_left_alone(call, save, rows):
    save(post())
    other = call(store.add_company, "Acme", "acme", "file", {})
    assert call(store.unclassified, other) == []
    assert not call(store.forget_post, other, "1")
    assert len(call(store.store_page, other, Page(posts=[post()]), keep_authors=False)) == 1
    assert len(rows()) == 2


def test_answers_are_stored_with_their_model_version(call, save, company, rows):
    (id,) = save(post())
    call(store.set_answers, company, {id: ANSWERS}, "first")
    assert [(row.answers, row.model_version) for row in rows()] == [(ANSWERS, "first")]
    assert call(store.unclassified, company) == []


def test_answers_for_a_post_that_was_forgotten_meanwhile_are_not_stored(call, save, company, rows):
    (id,) = save(post())
    call(store.forget_post, company, "1")
    call(store.set_answers, company, {id: ANSWERS}, "first")
    assert [(row.answers, row.model_version) for row in rows()] == [(None, None)]


def test_answers_of_another_version_are_outdated(call, save, company):
    first, second, third = sorted(save(post("1"), post("2"), post("3")))
    call(store.set_answers, company, {first: ANSWERS}, "first")
    call(store.set_answers, company, {second: ANSWERS}, "second")
    assert [row.id for row in call(store.outdated, company, "second")] == [first, third]


def test_unreadable_post_is_left_out_afterwards(call, save, company, rows):
    save(post())
    call(store.set_unreadable, [rows()[0].id])
    assert call(store.unclassified, company) == call(store.outdated, company, "second") == []
    assert rows()[0].language == "zxx"


@pytest.fixture
def changed(call, company):
    """Return the days with changed posts. The changes are deleted, as an update of the statistics does."""

    def take():
        dates = call(changed_dates, company)
        call(lambda session: delete_changes(session, read_changes(session, company)))
        return dates

    return take


def test_days_with_new_posts_have_changed(save, changed):
    save(post("1", hours=0), post("2", hours=23.9), post("3", hours=24), post("4", hours=-0.1))
    assert changed() == [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2)]
    assert changed() == []
    save(post("1", hours=0), post("5", hours=25))
    assert changed() == [date(2026, 10, 2)]


def test_day_of_a_post_does_not_depend_on_its_zone(save, changed):
    save(Post(id="1", time=datetime.fromisoformat("2026-10-02T01:00:00+02:00"), text="late"))
    assert changed() == [date(2026, 10, 1)]


@pytest.mark.parametrize("change", ["answers", "unreadable", "forget", "deleted"])
def test_days_whose_posts_change_are_recorded(call, save, company, changed, change):
    first = min(save(post("1"), post("2", hours=30)))
    changed()
    if change == "answers":
        call(store.set_answers, company, {first: ANSWERS}, "first")
    elif change == "unreadable":
        call(store.set_unreadable, [first])
    elif change == "forget":
        call(store.forget_post, company, "1")
    else:
        save(deleted=["1"])
    assert changed() == [DAY.date()]


def test_post_that_is_forgotten_again_changes_nothing(call, save, company, changed):
    save(post())
    assert call(store.forget_post, company, "1")
    assert changed() == [DAY.date()]
    assert call(store.forget_post, company, "1")
    save(post(), deleted=["1"])
    assert changed() == []


def test_changes_of_another_company_are_left_alone(call, save, changed):
    other = call(store.add_company, "Acme", "acme", "file", {})
    call(store.store_page, other, Page(posts=[post()]), keep_authors=False)
    assert changed() == []
    assert call(changed_dates, other) == [DAY.date()]


def test_statistics_do_not_quote_a_forgotten_post(call, save, company, rows):
    save(post())
    statistics = {"posts": 1, "phrases": [{"phrase": "a lovely day"}], "typical": [1], "surprising": [1]}
    days = [DAY.date(), DAY.date() + timedelta(days=1)]
    for day in days:
        call(lambda session, day=day: session.add(CompanyDay(company_id=company.id, date=day, statistics=statistics)))
    call(store.forget_post, company, "1")
    without_quotes = {"posts": 1, "phrases": [], "typical": [], "surprising": []}
    assert {row.date: row.statistics for row in rows(CompanyDay)} == dict(
        zip(days, (without_quotes, statistics), strict=True)
    )


def test_purge_deletes_older_posts_and_the_statistics_of_their_days(call, company, save, rows, changed):
    save(post("1", hours=-1), post("2", hours=0))
    for day in (DAY.date() - timedelta(days=1), DAY.date()):
        call(lambda session, day=day: session.add(CompanyDay(company_id=company.id, date=day, statistics={})))
    assert call(store.purge, DAY) == 1
    assert [row.post_id for row in rows()] == ["2"]
    assert [row.date for row in rows(CompanyDay)] == changed() == [DAY.date()]


def test_purge_of_whole_days_does_not_change_the_days_after_them(call, save, changed):
    save(post("1", hours=-1), post("2", hours=0))
    changed()
    call(store.purge, DAY)
    assert changed() == []


def test_purge_of_a_part_of_a_day_changes_it(call, save, changed):
    save(post("1", hours=1), post("2", hours=3))
    changed()
    assert call(store.purge, DAY + timedelta(hours=2)) == 1
    assert changed() == [DAY.date()]
