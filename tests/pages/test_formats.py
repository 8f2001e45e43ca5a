"""Numbers, shares and days as pages show them."""

from datetime import UTC, date, datetime

import pytest

from emoji_api.pages import formats


@pytest.mark.parametrize(
    ("share", "shown"), [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.364, "36 %"), (1, "100 %")]
)
def test_shares_are_percent(share, shown):
    assert formats.percent(share).replace("\u202f", " ") == shown


@pytest.mark.parametrize(("difference", "shown"), [(0.12, "+12"), (-0.6, "−60"), (0.001, "0"), (-0.001, "0")])
def test_differences_have_a_sign(difference, shown):
    assert formats.points(difference) == shown


def test_intervals_and_changes_are_percent():
    assert formats.interval((0.304, 0.426)).replace("\u202f", " ") == "30–43 %"
    assert formats.change(4).replace("\u202f", " ") == "+400 %"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2026, 10, 1), date(2026, 10, 1), "1 Oct 2026"),
        (date(2026, 10, 1), date(2026, 10, 30), "1–30 Oct 2026"),
        (date(2026, 9, 1), date(2026, 10, 30), "1 Sep – 30 Oct 2026"),
        (date(2025, 10, 1), date(2026, 10, 30), "1 Oct 2025 – 30 Oct 2026"),
    ],
)
def test_ranges_of_days_are_short(first, last, shown):
    assert formats.days(first, last) == shown


def test_times_and_numbers():
    assert formats.minute(datetime(2026, 10, 1, 7, 11, 32, tzinfo=UTC)) == "1 Oct 2026, 07:11"
    assert formats.number(18250) == "18,250"
