"""A phrase is a part of the text as it was sent, and cuts nothing."""

from unicodedata import name

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from emoji_api.errors import InvalidText
from emoji_api.inference.phrase import best_span, choose_phrase, whole_text
from emoji_api.inference.tokenizer import TweetTokenizer

# none of them may be cut
FRAGMENTS = (
    "so HAPPY naïve e\u0301te\u0301 can't don’t I`d #happyday well-known f**k @some_body @JOE https://x.co/a?b=1,c "
    "WWW.x.com/é &amp; &lt; &#39; &amp;gt; don&#39;t 👍🏽 👨\u200d👩\u200d👧 ❤️ 🇺🇸 5️⃣ ﬁne ½ नमस्ते"
).split()
CHARACTERS = "abeéÉßﬁ19½\u0301\u0327\u200d\ufe0f👍🏽❤🇺🇸नमस्ते١شب中文@#&;:/.'’`*-_!?()<> \n\t\u00a0\u3000"

spans = st.tuples(st.integers(0, 40), st.integers(0, 40))
few = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def chosen(tokenizer: TweetTokenizer, text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Where the phrase starts and ends whose first and last token the network is sure of."""
    try:
        tokens = tokenizer.encode([text])
    except InvalidText:
        assume(False)
    count = int(tokens.lengths[0])
    first, last = sorted(place % (count - 2) + 1 for place in span)
    start, end, probability = choose_phrase(
        text, tokens.offsets[0], *(np.eye(count)[place] * 99 for place in (first, last))
    )
    assert probability == pytest.approx(1)
    read = tokens.offsets[0, [first, last]]
    assert start <= read[0, 0] < end and start < read[1, 1] <= end
    return start, end


@given(text=st.text(), span=spans)
@few
def test_never_empty_and_without_outer_white_space(tokenizer: TweetTokenizer, text: str, span: tuple[int, int]) -> None:
    start, end = chosen(tokenizer, text, span)
    assert 0 <= start < end <= len(text)
    assert text[start:end] == text[start:end].strip()


@given(text=st.text(CHARACTERS, min_size=1), span=spans)
@example(text="e\u0301 😂 naïve ", span=(0, 0))
@few
def test_no_word_is_cut(tokenizer: TweetTokenizer, text: str, span: tuple[int, int]) -> None:
    for at in chosen(tokenizer, text, span):
        assert not (at in range(1, len(text)) and all(is_letter(character) for character in text[at - 1 : at + 1]))


@given(
    fragments=st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=9),
    gap=st.sampled_from([" ", "  ", "\n"]),
    span=spans,
)
@few
def test_whole_mentions_links_and_entities(
    tokenizer: TweetTokenizer, fragments: list[str], gap: str, span: tuple[int, int]
) -> None:
    text = gap.join(fragments)
    start, end = chosen(tokenizer, text, span)
    assert set(text[start:end].split()) <= set(fragments)


def is_letter(character: str) -> bool:
    return character.isalnum() and not name(character, "").startswith("CJK")


def test_the_likeliest_of_all_pairs() -> None:
    start, end = np.random.default_rng(0).normal(0, 3, (2, 9))
    odds = {(i, j): np.exp(start[i] + end[j]) for i in range(9) for j in range(i, 9)}
    first, last, probability = best_span(start, end)
    assert (first, last) == max(odds, key=lambda pair: odds[pair])
    assert probability == pytest.approx(odds[first, last] / sum(odds.values()))


def test_an_end_before_the_start_is_no_phrase() -> None:
    first, last, probability = best_span(np.array([0.0, 9.0]), np.array([9.0, 0.0]))
    assert first <= last
    assert probability < 0.5


def test_special_tokens_are_never_chosen(tokenizer: TweetTokenizer) -> None:
    text = "so happy"
    tokens = tokenizer.encode([text])
    logits = np.zeros(int(tokens.lengths[0]))
    logits[[0, -1]] = 99
    start, end, _ = choose_phrase(text, tokens.offsets[0], logits, logits)
    assert text[start:end] in ("so", "happy", text)


def test_whole_text() -> None:
    assert whole_text(" so happy\n") == (1, 9)
