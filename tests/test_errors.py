"""Errors say what is wrong and what to do about it."""

import pytest

from emoji_api import errors
from emoji_api.errors import (
    BundleError,
    DataError,
    DependencyMissing,
    EmojiApiError,
    ExportError,
    InvalidText,
    RegistryError,
    ReloadRefused,
    SettingsError,
    UnknownTask,
)

ALL = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, EmojiApiError)]


def test_one_base_for_all() -> None:
    assert set(EmojiApiError.__subclasses__()) | {EmojiApiError} == set(ALL)


@pytest.mark.parametrize("error", ALL)
def test_each_is_documented_and_in_the_tree(error: type[EmojiApiError]) -> None:
    assert error.__doc__
    assert error.__name__ in (errors.__doc__ or "")


def test_a_lone_text() -> None:
    error = InvalidText("is blank")
    assert str(error) == "the text is blank"
    assert (error.reason, error.index) == ("is blank", None)


def test_a_text_in_a_list() -> None:
    error = InvalidText("is blank", 0)
    assert str(error) == "text 0 is blank"
    assert error.index == 0


def test_unknown_task_names_those_that_are_known() -> None:
    error = UnknownTask("hate", {"sentiment", "emotion"})
    assert str(error) == "this bundle has no task 'hate'; it has emotion, sentiment"
    assert error.available == ["emotion", "sentiment"]


def test_bundle_error_names_the_file_and_why(tmp_path) -> None:
    error = BundleError(tmp_path / "bundle.json", "is missing")
    assert str(error) == f"{tmp_path}/bundle.json: is missing"
    assert (error.path, error.reason) == (f"{tmp_path}/bundle.json", "is missing")


def test_a_missing_dependency_says_how_to_install_it() -> None:
    assert str(DependencyMissing("TensorFlow", "training")) == (
        "TensorFlow is not installed; install it with: pip install 'emoji-api[training]'"
    )


@pytest.mark.parametrize("error", [DataError, ExportError, RegistryError, ReloadRefused, SettingsError])
def test_the_others_say_what_they_are_given(error: type[EmojiApiError]) -> None:
    assert str(error("no such file")) == "no such file"
