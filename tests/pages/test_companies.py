"""The page of all companies."""

from emoji_api.app import create_app
from tests.pages.conftest import BROWSER


def test_each_company_has_its_figures_and_a_link(get_page):
    page = get_page("/companies")
    assert "3 watched" in page
    assert 'href="/companies/acme"' in page and "acme tools" in page
    assert "<dd>44</dd>" in page, "number of posts of the last 30 days"
    assert "<dd>+45</dd>" in page, "30 positive, 11 negative, 1 neutral"
    assert "6 Nov 2026, 12:00" in page
    assert 'aria-label="negative 26\u202f%, neutral 2\u202f%, positive 71\u202f%"' in page


def test_days_without_posts_interrupt_the_trend(get_page):
    assert get_page("/companies").count("<polyline") == 3, "two runs of days of acme, one of the hostile company"


def test_a_company_without_posts_says_how_to_collect_them(get_page):
    page = get_page("/companies")
    assert "emoji-api watch collect new" in page and "Last collection: never" in page


def test_without_companies_the_page_explains_how_to_add_one(tmp_path):
    client = create_app({"DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}).test_client()
    page = client.get("/companies", headers=BROWSER)
    assert page.status_code == 200
    assert "No company is watched yet" in page.text and "--option path=emoji_api/watch/sample.jsonl" in page.text


def test_a_page_after_the_last_one_leads_back(get_page):
    assert "There are no companies on page 9" in get_page("/companies?page=9")


def test_a_wrong_page_number_is_the_first_page(get_page):
    assert "acme" in get_page("/companies?page=x") and "acme" in get_page("/companies?page=-3")
    assert "There are no companies" in get_page(f"/companies?page={10**30}")
