"""Augmentation: sentences are rewritten as tweets of the same emotion."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoji_api.tasks import EMOTION
from emoji_api.training.examples.augmentation import (
    EMOJI_OF,
    INTERJECTIONS,
    TOPICS,
    augment,
    clip_to_feeling,
    contract,
    with_case,
    with_emoji,
    with_hashtags,
    with_interjection,
    without_feel,
)

LONG = "one two three four five six seven i feel so very hopeless about this and that and the other and so on"


def rngs(count: int = 200) -> Iterator[random.Random]:
    return (random.Random(seed) for seed in range(count))


@given(seed=st.integers(), label=st.sampled_from(EMOTION.labels))
def test_emotion_word_is_kept(seed: int, label: str) -> None:
    text = "last week i didnt know why i feel so hopeless about the people that i m living with in this house"
    assert "hopeless" in augment(text, label, random.Random(seed)).lower()


def test_same_seed_gives_the_same_tweet() -> None:
    assert [augment(LONG, "sadness", rng) for rng in rngs()] == [augment(LONG, "sadness", rng) for rng in rngs()]


def test_different_seeds_give_different_tweets() -> None:
    assert len({augment(LONG, "sadness", rng) for rng in rngs()}) > 150


def test_tweets_have_mentions_hashtags_links_and_punctuation() -> None:
    tweets = [augment(LONG, "sadness", rng) for rng in rngs()]
    for mark in ("@user", "#", "http://", "!", "."):
        assert any(mark in tweet for tweet in tweets)
    assert any(tweet.isupper() for tweet in tweets)
    assert any("feel" not in tweet.lower() for tweet in tweets)


def test_clip_keeps_the_words_around_feel() -> None:
    clipped = {clip_to_feeling(LONG, rng) for rng in rngs()}
    assert len(clipped) > 5
    assert all(text in LONG and "feel so very hopeless" in text and len(text) < len(LONG) for text in clipped)


def test_clip_does_not_change_a_text_without_feel() -> None:
    assert all(clip_to_feeling("what a lovely day", rng) == "what a lovely day" for rng in rngs())


def test_i_feel_is_replaced() -> None:
    texts = {without_feel("well i really feel so tired", rng) for rng in rngs()}
    assert {"well so tired", "well i'm so tired", "well makes me feel so tired"} <= texts
    assert all(text.startswith("well") and text.endswith("so tired") for text in texts)
    assert all("i really feel" not in text for text in texts)


@pytest.mark.parametrize("text", ["they feel tired", "ski feels good", "i feeling tired"])
def test_only_i_feel_is_replaced(text: str) -> None:
    assert all(without_feel(text, rng) == text for rng in rngs())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i didnt know", "i didn't know"),
        ("i don t know", "i don't know"),
        ("cant or can t", "can't or can't"),
        ("im sure i m right", "i'm sure i'm right"),
        ("ive i ve i ll", "i've i've i'll"),
        ("it s what s left", "it's what's left"),
        ("time and limits", "time and limits"),
    ],
)
def test_apostrophes_of_contractions_are_restored(text: str, expected: str) -> None:
    assert contract(text) == expected


def test_hashtags_are_a_word_of_the_text_or_topics_at_the_end() -> None:
    for tweet in (with_hashtags("i feel so tired", rng) for rng in rngs()):
        tags = [word[1:] for word in tweet.split() if word.startswith("#")]
        assert (tweet.replace("#", "") == "i feel so tired") if tags[0] not in TOPICS else tweet.startswith("i feel")
        assert 1 <= len(tags) <= 2


@pytest.mark.parametrize("label", EMOTION.labels)
def test_interjections_are_of_the_emotion_and_before_or_after_the_text(label: str) -> None:
    tweets = {with_interjection("so it is", label, rng) for rng in rngs(800)}
    before = {tweet.removesuffix(" so it is") for tweet in tweets if tweet.endswith(" so it is")}
    after = {tweet.removeprefix("so it is ") for tweet in tweets if tweet.startswith("so it is ")}
    assert before == after == set(INTERJECTIONS[label])
    assert len(tweets) == len(before) + len(after)


def test_augmented_texts_have_interjections() -> None:
    tweets = [augment("so hopeless", "sadness", rng).lower() for rng in rngs()]
    assert any(tweet.startswith("*sigh* so hopeless") for tweet in tweets)


@pytest.mark.parametrize("label", EMOTION.labels)
def test_emoji_are_of_the_emotion(label: str) -> None:
    for tweet in (with_emoji("so it is", label, rng) for rng in rngs()):
        added = tweet.replace("so it is", "").strip()
        assert 1 <= len(added) <= 3
        assert set(added) <= set(EMOJI_OF[label])


def test_emoji_of_different_emotions_are_disjoint() -> None:
    everything = "".join(EMOJI_OF.values())
    assert len(set(everything)) == len(everything)
    assert EMOJI_OF.keys() == INTERJECTIONS.keys() == set(EMOTION.labels)


def test_case_is_sentence_upper_or_unchanged() -> None:
    assert {with_case("so i am", rng) for rng in rngs()} == {"So I am", "SO I AM", "so i am"}
