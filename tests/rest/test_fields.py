"""Fields of requests: their values in a query."""

import pytest

from emoji_api.rest.fields import Count, Flag, TaskName, TaskNames


@pytest.mark.parametrize(("value", "parsed"), [("true", True), ("False", False), ("1", "1"), ("yes", "yes"), ("", "")])
def test_flag_is_parsed(value, parsed):
    assert Flag().parse_query_value(value) == parsed


@pytest.mark.parametrize(
    ("value", "parsed"), [("5", 5), ("007", 7), ("-1", "-1"), ("1_0", "1_0"), ("٥", "٥"), (" 5", " 5")]
)
def test_count_is_parsed(value, parsed):
    assert Count().parse_query_value(value) == parsed


@pytest.mark.parametrize("value", ["9" * 5_000, "5.0", "", "true"])
def test_invalid_count_stays_a_string(value):
    assert Count().parse_query_value(value) == value


@pytest.mark.parametrize(("value", "parsed"), [("hate", ["hate"]), ("hate,emotion", ["hate", "emotion"]), ("", [])])
def test_task_names_are_split_at_commas(value, parsed):
    assert TaskNames(TaskName()).parse_query_value(value) == parsed
