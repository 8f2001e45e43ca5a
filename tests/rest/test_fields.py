"""What a request may carry, field by field."""

import pytest

from emoji_api.rest.fields import Count, Flag, Names


@pytest.mark.parametrize(("word", "value"), [("true", True), ("False", False), ("1", "1"), ("yes", "yes"), ("", "")])
def test_flag(word, value):
    assert Flag().read_word(word) == value


@pytest.mark.parametrize(
    ("word", "value"), [("5", 5), ("007", 7), ("-1", "-1"), ("1_0", "1_0"), ("٥", "٥"), (" 5", " 5")]
)
def test_count(word, value):
    assert Count().read_word(word) == value


@pytest.mark.parametrize("word", ["9" * 5_000, "5.0", "", "true"])
def test_what_is_no_count_stays_a_word(word):
    assert Count().read_word(word) == word


@pytest.mark.parametrize(("word", "value"), [("hate", ["hate"]), ("hate,emotion", ["hate", "emotion"]), ("", [])])
def test_names(word, value):
    assert Names().read_word(word) == value
