"""Phrases that are over-represented against the previous days."""

import random

import pytest

from emoji_api.watch.day import SelectedPhrase
from emoji_api.watch.phrases import count_terms, normalised, overrepresented, terms

WORDS = "coffee train ticket phone price seat screen update queue battery".split()


def texts(count, seed):
    rng = random.Random(seed)
    return [" ".join(rng.sample(WORDS, 3)) for _ in range(count)]


BACKGROUND = [count_terms(texts(50, seed)) for seed in range(28)]


def find(day_texts, background=BACKGROUND, sentiment="negative"):
    phrases = [SelectedPhrase(post=number, text=text, sentiment=sentiment) for number, text in enumerate(day_texts)]
    return overrepresented(phrases, count_terms(day_texts), background)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My train  is\nCANCELLED!!", "my train is cancelled"),
        ("“so good”", "so good"),
        ("(don’t)", "don't"),
        ("@acme #fail https://t.co/x 😡", "fail 😡"),
        ('"@acme (https://t.co/x', ""),
        ("state-of-the-art", "state-of-the-art"),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_phrases_are_normalised(text, expected):
    assert normalised(text) == expected


def test_terms_are_the_phrase_and_its_ngrams():
    assert terms("the train is late") == {
        "train", "late", "the train", "train is", "is late", "the train is", "train is late", "the train is late"
    }  # fmt: skip


def test_stop_words_alone_are_no_terms():
    assert terms("it is the") == set()


def test_terms_are_counted_once_per_text():
    counts = count_terms(["train train train", "train"])
    assert counts.counts[counts.hashes == hash("train")].tolist() == [2]


def test_a_new_phrase_is_overrepresented():
    found = find([*texts(40, 100), *10 * ["My train is cancelled!"]])
    assert [phrase.phrase for phrase in found] == ["my train is cancelled"]
    assert (found[0].count, found[0].posts, found[0].sentiment) == (10, [40, 41, 42], "negative")
    assert found[0].z > 1.645


def test_a_phrase_that_became_more_frequent_is_overrepresented():
    found = find([*texts(20, 100), *30 * ["battery"]])
    assert "battery" in [phrase.phrase for phrase in found]


def test_a_usual_day_has_hardly_any_phrases():
    surprising = [phrase for seed in range(200, 220) for phrase in find(texts(50, seed)) if " " not in phrase.phrase]
    assert len(surprising) <= 0.05 * 20 * len(WORDS)


def test_the_word_within_a_phrase_is_left_out_only_if_the_same_posts_have_it():
    found = find([*8 * ["refund denied"], *8 * ["refund"]])
    assert [phrase.phrase for phrase in found] == ["refund", "refund denied"]


def test_a_phrase_of_one_post_is_not_returned():
    found = find([*texts(40, 100), *5 * ["refund denied"], "completely unheard of"])
    assert [phrase.phrase for phrase in found] == ["refund denied"]


def test_nothing_is_overrepresented_without_previous_days():
    assert find(10 * ["cancelled"], background=[]) == []
    assert find(10 * ["cancelled"], background=[count_terms([])]) == []


def test_the_only_word_of_all_days_is_not_overrepresented():
    assert find(10 * ["cancelled"], background=[count_terms(2 * ["cancelled"])]) == []


def test_a_day_without_phrases_has_none():
    assert find([]) == []


def test_the_most_frequent_sentiment_of_a_phrase_is_returned():
    day = [SelectedPhrase(post=number, text="refund", sentiment="positive") for number in range(3)]
    day += [SelectedPhrase(post=number, text="refund", sentiment="negative") for number in range(3, 8)]
    (found,) = overrepresented(day, count_terms(phrase.text for phrase in day), BACKGROUND)
    assert found.sentiment == "negative"


def test_z_score_is_that_of_monroe_colaresi_and_quinn():
    """Monroe et al. 2008, equations 16, 19 and 22, with the counts of both corpora as the prior."""
    import math

    background = [count_terms(90 * ["train"] + 10 * ["refund"])]
    (found,) = find(10 * ["train"] + 10 * ["refund"], background)
    y, n, y_other, n_other = 10, 20, 10, 100
    alpha, alpha_total = y + y_other, n + n_other
    odds = math.log((y + alpha) / (n + alpha_total - y - alpha))
    odds -= math.log((y_other + alpha) / (n_other + alpha_total - y_other - alpha))
    assert found.phrase == "refund"
    assert found.z == pytest.approx(odds / math.sqrt(1 / (y + alpha) + 1 / (y_other + alpha)), abs=0.01)
