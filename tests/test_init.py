"""What the package offers is what it says it offers."""

import emoji_api


def test_everything_public_is_listed() -> None:
    assert sorted(emoji_api.__all__) == ["Classification", "Classifier", "Phrase", "__version__", "load_classifier"]


def test_everything_listed_exists_and_has_a_docstring() -> None:
    for name in emoji_api.__all__:
        assert getattr(emoji_api, name).__doc__
