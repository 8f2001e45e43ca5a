"""Phrase extraction: the chosen span, expanded to whole pieces of the text."""

from unicodedata import name

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from emoji_api.errors import InvalidText
from emoji_api.inference.phrase import best_span, choose_phrase, whole_text
from emoji_api.inference.spans import SpanPrior, span_logits
from emoji_api.inference.tokenizer import TweetTokenizer

# a phrase contains each of these completely or not at all
FRAGMENTS = (
    "so HAPPY naïve e\u0301te\u0301 can't don’t I`d #happyday well-known f**k @some_body @JOE https://x.co/a?b=1,c "
    "WWW.x.com/é &amp; &lt; &#39; &amp;gt; don&#39;t 👍🏽 👨\u200d👩\u200d👧 ❤️ 🇺🇸 5️⃣ ﬁne ½ नमस्ते"
).split()
CHARACTERS = "abeéÉßﬁ19½\u0301\u0327\u200d\ufe0f👍🏽❤🇺🇸नमस्ते١شب中文@#&;:/.'’`*-_!?()<> \n\t\u00a0\u3000"

spans = st.tuples(st.integers(0, 40), st.integers(0, 40))
few = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def phrase_of(tokenizer: TweetTokenizer, text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Return the phrase if the network is certain of the first and last token of a span."""
    try:
        tokens = tokenizer.encode([text])
    except InvalidText:
        assume(False)
    count = int(tokens.lengths[0])
    first, last = sorted(position % (count - 2) + 1 for position in span)
    start, end, probability = choose_phrase(
        text, tokens.offsets[0], *(np.eye(count)[position] * 99 for position in (first, last)), SpanPrior()
    )
    assert probability == pytest.approx(1)
    offsets = tokens.offsets[0, [first, last]]
    assert start <= offsets[0, 0] < end and start < offsets[1, 1] <= end
    return start, end


@given(text=st.text(), span=spans)
@few
def test_phrase_is_not_empty_and_has_no_surrounding_white_space(
    tokenizer: TweetTokenizer, text: str, span: tuple[int, int]
) -> None:
    start, end = phrase_of(tokenizer, text, span)
    assert 0 <= start < end <= len(text)
    assert text[start:end] == text[start:end].strip()


@given(text=st.text(CHARACTERS, min_size=1), span=spans)
@example(text="e\u0301 😂 naïve ", span=(0, 0))
@few
def test_words_are_not_split(tokenizer: TweetTokenizer, text: str, span: tuple[int, int]) -> None:
    for boundary in phrase_of(tokenizer, text, span):
        around = text[boundary - 1 : boundary + 1]
        assert not (boundary in range(1, len(text)) and all(is_letter(character) for character in around))


@given(
    fragments=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=9),
    gap=st.sampled_from([" ", "  ", "\n"]),
    span=spans,
)
@few
def test_mentions_links_and_entities_are_not_split(
    tokenizer: TweetTokenizer, fragments: list[str], gap: str, span: tuple[int, int]
) -> None:
    text = gap.join(fragments)
    start, end = phrase_of(tokenizer, text, span)
    assert set(text[start:end].split()) <= set(fragments)


def is_letter(character: str) -> bool:
    return character.isalnum() and not name(character, "").startswith("CJK")


def test_span_with_the_largest_expected_overlap_is_chosen() -> None:
    """Compare with a brute-force computation over word sets. Three tokens have six spans, fewer than the candidates."""
    rng = np.random.default_rng(0)
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    words = {(i, j): set(range(i, j + 1)) for i, j in pairs}
    most_probable_was_not_best = 0
    for _ in range(50):
        logits = span_logits(*rng.normal(0, 1, (2, 3)), SpanPrior())
        odds = {pair: float(np.exp(logits[pair])) for pair in pairs}
        expected = {
            pair: sum(
                odds[other] * len(words[pair] & words[other]) / len(words[pair] | words[other]) for other in pairs
            )
            for pair in pairs
        }
        first, last, probability = best_span(logits, np.arange(3))
        assert (first, last) == max(expected, key=expected.__getitem__)
        assert probability == pytest.approx(odds[first, last] / sum(odds.values()))
        most_probable_was_not_best += (first, last) != max(odds, key=odds.__getitem__)
    assert most_probable_was_not_best


def test_single_token_is_the_phrase() -> None:
    assert best_span(np.array([[3.0]]), np.zeros(1, int)) == (0, 0, 1.0)


def test_prior_changes_the_phrase(tokenizer: TweetTokenizer) -> None:
    text = "so very happy"
    offsets = tokenizer.encode([text]).offsets[0]
    start, end = np.eye(len(offsets))[1], np.zeros(len(offsets))
    priors = SpanPrior(whole_text=9), SpanPrior(log_length=-9)
    phrases = [choose_phrase(text, offsets, start, end, prior)[:2] for prior in priors]
    assert [text[first:last] for first, last in phrases] == [text, "so"]


def test_similar_spans_outweigh_the_most_probable_one() -> None:
    logits = np.full((6, 6), -np.inf)
    logits[0, 0] = 1.0  # shares no word with the others, which share most of theirs
    logits[[1, 2, 2], [5, 5, 4]] = 0.5
    assert best_span(logits, np.arange(6))[:2] == (2, 5)


def test_end_is_never_before_the_start() -> None:
    logits = span_logits(np.array([0.0, 9.0]), np.array([9.0, 0.0]), SpanPrior())
    first, last, probability = best_span(logits, np.arange(2))
    assert first <= last
    assert probability < 0.5


def test_text_of_the_maximum_length_has_a_valid_span() -> None:
    start, end = np.random.default_rng(0).normal(0, 3, (2, 512))
    first, last, probability = best_span(span_logits(start, end, SpanPrior()), np.arange(512))
    assert 0 <= first <= last < 512
    assert 0 < probability < 1


def test_special_tokens_are_never_chosen(tokenizer: TweetTokenizer) -> None:
    text = "so happy"
    tokens = tokenizer.encode([text])
    logits = np.zeros(int(tokens.lengths[0]))
    logits[[0, -1]] = 99
    start, end, _ = choose_phrase(text, tokens.offsets[0], logits, logits, SpanPrior())
    assert text[start:end] in ("so", "happy", text)


def test_whole_text_is_stripped() -> None:
    assert whole_text(" so happy\n") == (1, 9)
