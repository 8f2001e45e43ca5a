"""Language of a text: identified if there is enough evidence."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from emoji_api.inference.language import identify_language, is_supported


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("why does my train get cancelled EVERY single morning", "en"),
        ("@anna https://t.co/x the new shop is lovely #coffee", "en"),
        ("ich bin so wütend", "de"),
        ("El nuevo local es precioso, volveré seguro", "es"),
        ("コーヒーがとても美味しいです", "ja"),
    ],
)
def test_language_is_identified(text: str, language: str) -> None:
    assert identify_language(text) == language
    assert is_supported(language) == (language == "en")


@pytest.mark.parametrize("text", ["☕☕☕", "lol", "so sad", "", "@user", "\ud800", "\0"])
def test_text_without_evidence_has_no_language(text: str) -> None:
    assert identify_language(text) is None
    assert is_supported(None)


def test_english_tweets_are_rarely_taken_for_another_language(public_data: Path) -> None:
    """At most 1 %; `benchmarks.language` measures it on 10,000 tweets."""
    lines = (public_data / "tweeteval" / "sentiment" / "val_text.txt").read_text(encoding="utf-8").split("\n")
    texts = random.Random(0).sample([line for line in lines if line.strip()], 1000)
    assert sum(not is_supported(identify_language(text)) for text in texts) <= 10


def test_model_is_loaded_on_the_first_call_only() -> None:
    program = (
        "import sys, emoji_api.app, emoji_api.inference.language as language\n"
        "assert 'py3langid' not in sys.modules\n"
        "language.identify_language('hello')\n"
        "assert 'py3langid' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
