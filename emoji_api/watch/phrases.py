"""Phrases that are over-represented on a day against the previous days."""

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emoji_api.watch.day import SelectedPhrase

MAX_WORDS = 10
"""Length of the longest phrase that is counted as a whole, in words."""
NGRAM_WORDS = 3
MIN_POSTS = 2
MIN_Z = 1.645
"""95 % quantile of the standard normal distribution. It is not adjusted for the number of terms."""
MAX_PHRASES = 20
MAX_CANDIDATES = 500
EXAMPLES = 3
IGNORED_WORD = re.compile(r"https?:|www\.|@|http$")
STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be been but by can did do does for from get got had has have he "
    "her him his how i i'm if in into is it it's its just me more my no not now of off on one or our out she so some "
    "than that the their them then there they this to too up us very was we were what when which who will with would "
    "you your".split()
)


@dataclass(frozen=True, kw_only=True)
class OverrepresentedPhrase:
    """A phrase that more posts have than the previous days let expect.

    Attributes:
        phrase: the normalised phrase.
        count: number of the day's posts that have it.
        z: z-score of its log odds.
        sentiment: the most frequent sentiment of these posts.
        posts: row ids of some of these posts.
    """

    phrase: str
    count: int
    z: float
    sentiment: str
    posts: list[int]


@dataclass(frozen=True, kw_only=True)
class TermCounts:
    """Number of a day's posts that have each term: sorted hashes of the terms and their counts, both (terms,).

    Hashes instead of strings keep a month of a large company in memory. They are valid in this process only.
    """

    hashes: np.ndarray
    counts: np.ndarray

    @property
    def total(self) -> int:
        """The sum of all counts."""
        return int(self.counts.sum())

    def of(self, hashes: np.ndarray) -> np.ndarray:
        """Return the counts of the terms with these hashes, 0 for unknown ones."""
        if not len(self.hashes):
            return np.zeros(len(hashes), np.int64)
        positions = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        return np.where(self.hashes[positions] == hashes, self.counts[positions], 0)


def normalised(text: str) -> str:
    """Return the words of `text` in lower case without outer punctuation, links and user names."""
    return " ".join(_words(text))


def terms(text: str) -> set[str]:
    """Return the normalised phrase `text` and its word n-grams. Terms of stop words alone are left out."""
    words = list(_words(text))
    spans = {" ".join(words)} if 0 < len(words) <= MAX_WORDS and not STOP_WORDS.issuperset(words) else set()
    for size in range(1, NGRAM_WORDS + 1):
        for start in range(len(words) - size + 1):
            ngram = words[start : start + size]
            if not STOP_WORDS.issuperset(ngram):
                spans.add(" ".join(ngram))
    return spans


def count_terms(texts: Iterable[str]) -> TermCounts:
    """Return the number of `texts` that have each term."""
    hashes = array("q")
    for text in texts:
        hashes.extend(map(hash, terms(text)))
    unique, counts = np.unique(np.array(hashes, np.int64), return_counts=True)
    return TermCounts(hashes=unique, counts=counts)


def overrepresented(
    phrases: Sequence[SelectedPhrase], day: TermCounts, background: Sequence[TermCounts]
) -> list[OverrepresentedPhrase]:
    """Return the phrases that are over-represented in a day's `phrases` against the `background` of previous days.

    `day` are the term counts of `phrases`. The phrases have the highest z-scores of the log odds with an informative
    Dirichlet prior, the counts of all days (Monroe, Colaresi and Quinn, 2008, https://doi.org/10.1093/pan/mpn018). A
    phrase within a longer one that the same posts have is left out. Nothing is over-represented without a background.
    """
    if not sum(counts.total for counts in background):
        return []
    repeated = day.counts >= MIN_POSTS
    hashes = day.hashes[repeated]
    z_scores = _z_scores(day, background, hashes)
    order = np.argsort(-z_scores, kind="stable")
    best = [position for position in order[:MAX_CANDIDATES].tolist() if z_scores[position] >= MIN_Z]
    scores = {int(hashes[position]): float(z_scores[position]) for position in best}
    posts: dict[str, list[SelectedPhrase]] = {}
    for phrase in phrases:
        for term in terms(phrase.text):
            if hash(term) in scores:
                posts.setdefault(term, []).append(phrase)
    found = [
        OverrepresentedPhrase(
            phrase=term,
            count=len(selected),
            z=round(scores[hash(term)], 2),
            sentiment=_most_frequent(phrase.sentiment for phrase in selected),
            posts=sorted(phrase.post for phrase in selected)[:EXAMPLES],
        )
        for term, selected in posts.items()
    ]
    found.sort(key=lambda phrase: (-phrase.z, -len(phrase.phrase), phrase.phrase))
    return [phrase for phrase in found if not _repeated_in_longer(phrase, found)][:MAX_PHRASES]


def _words(text: str) -> Iterator[str]:
    for word in text.casefold().split():
        if not IGNORED_WORD.match(word.lstrip("\"'([.“‘")) and (stripped := _without_punctuation(word)):
            yield stripped


def _without_punctuation(word: str) -> str:
    if word.isalnum():  # most words
        return word
    start, end = 0, len(word)
    while start < end and unicodedata.category(word[start]).startswith("P"):
        start += 1
    while end > start and unicodedata.category(word[end - 1]).startswith("P"):
        end -= 1
    return word[start:end].replace("’", "'")


def _z_scores(day: TermCounts, background: Sequence[TermCounts], hashes: np.ndarray) -> np.ndarray:
    own = day.of(hashes)
    others = sum((counts.of(hashes) for counts in background), start=np.zeros(len(hashes), np.int64))
    own_total, others_total = day.total, sum(counts.total for counts in background)
    prior, prior_total = own + others, own_total + others_total
    if len(hashes) == 1 and prior[0] == prior_total:  # the only term at all: infinite odds on both sides
        return np.zeros(1)
    own, others = own + prior, others + prior
    odds = np.log(own / (own_total + prior_total - own)) - np.log(others / (others_total + prior_total - others))
    z_scores: np.ndarray = odds / np.sqrt(1 / own + 1 / others)
    return z_scores


def _most_frequent(sentiments: Iterable[str]) -> str:
    counts = Counter(sentiments)
    return min(counts, key=lambda sentiment: (-counts[sentiment], sentiment))


def _repeated_in_longer(phrase: OverrepresentedPhrase, others: Iterable[OverrepresentedPhrase]) -> bool:
    """Return whether a longer phrase contains `phrase` and has as many posts, which are then the same posts."""
    return any(
        other.count == phrase.count and other.phrase != phrase.phrase and f" {phrase.phrase} " in f" {other.phrase} "
        for other in others
    )
