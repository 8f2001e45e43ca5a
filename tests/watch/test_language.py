"""Language of a post: identified, or given by its platform."""

import json
from collections import Counter
from importlib.resources import files

import pytest

from emoji_api.watch.language import identify_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("why does my train get cancelled EVERY single morning", "en"),
        ("@anna https://t.co/x the new shop is lovely #coffee", "en"),
        ("Die App ist seit Stunden kaputt, ich bin wirklich sauer", "de"),
        ("El nuevo local es precioso, volveré seguro", "es"),
        ("コーヒーがとても美味しいです", "ja"),
    ],
)
def test_language_is_identified(text, language):
    assert identify_language(text) == language


@pytest.mark.parametrize("text", ["☕☕☕", "lol", "", "@user", "\ud800", "\0"])
def test_text_without_evidence_has_no_language(text):
    assert identify_language(text) is None


@pytest.mark.parametrize(("known", "language"), [("de", "de"), ("en-GB", "en"), ("EN_us", "en")])
def test_code_of_the_platform_takes_precedence(known, language):
    assert identify_language("El nuevo local es precioso, volveré seguro", known) == language


@pytest.mark.parametrize("known", ["und", "zxx", "qme", "", "english"])
def test_code_that_is_no_language_is_ignored(known):
    assert identify_language("El nuevo local es precioso, volveré seguro", known) == "es"


def test_languages_of_the_sample():
    lines = files("emoji_api").joinpath("watch", "sample.jsonl").read_text(encoding="utf-8").splitlines()
    counts = Counter(identify_language(json.loads(line)["text"]) for line in lines)
    assert counts == {"en": 186, "de": 6, "es": 6, None: 2}
