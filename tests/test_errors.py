"""Exceptions: their tree, messages and public messages."""

import re

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
    TrainerMissing,
    UnknownTask,
    without_folders,
)
from emoji_api.rest.errors import STATUS

TREE_LINE = re.compile(r"^(?P<indent>[│ ]*)[├└]── (?P<name>\w+) +\S", re.MULTILINE)
DEFINED = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


def subclasses(error: type, depth: int = 0) -> list[tuple[int, str]]:
    """Return depth and name of each subclass, in the order of definition."""
    lines = []
    for subclass in error.__subclasses__():
        lines += [(depth, subclass.__name__), *subclasses(subclass, depth + 1)]
    return lines


def test_tree_in_the_docstring_is_that_of_the_classes() -> None:
    documentation = errors.__doc__ or ""
    tree = [(len(match["indent"]) // 4, match["name"]) for match in TREE_LINE.finditer(documentation)]
    assert tree == subclasses(EmojiApiError)
    assert len(tree) + 1 == len(DEFINED) and "\nEmojiApiError\n" in documentation


@pytest.mark.parametrize("error", DEFINED)
def test_errors_have_their_own_docstrings(error: type[EmojiApiError]) -> None:
    assert "__doc__" in vars(error) and error.__doc__


def test_status_is_mapped_for_errors_of_this_module_only() -> None:
    assert set(STATUS) <= set(DEFINED)


def test_single_text_has_no_number() -> None:
    error = InvalidText("is blank")
    assert (str(error), error.reason, error.index) == ("the text is blank", "is blank", None)


def test_texts_of_a_list_are_counted_from_one() -> None:
    error = InvalidText("is blank", 0)
    assert (str(error), error.index) == ("text 1 is blank", 0)


def test_unknown_task_lists_the_known_tasks() -> None:
    error = UnknownTask("hate", {"sentiment", "emotion"})
    assert str(error) == "this bundle has no task 'hate'; it has emotion, sentiment"
    assert error.available == ["emotion", "sentiment"]


def test_bundle_error_has_the_path_and_the_reason(tmp_path) -> None:
    error = BundleError(tmp_path / "bundle.json", "is missing")
    assert str(error) == f"{tmp_path}/bundle.json: is missing"
    assert (error.path, error.reason) == (f"{tmp_path}/bundle.json", "is missing")


@pytest.mark.parametrize("name", ["model.int8.onnx", "tokenizer/tokenizer.json", "saved_model", "bundle.json"])
def test_public_message_of_a_bundle_error_has_the_path_relative_to_the_bundle(tmp_path, name: str) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    error = BundleError(tmp_path / name, "is missing")
    assert (error.file, error.public_message) == (name, f"{name}: is missing")


def test_public_message_of_an_error_about_a_folder_does_not_name_it(tmp_path) -> None:
    error = BundleError(tmp_path / "secret", "there is no such folder")
    assert (error.file, error.public_message) == (None, "the model: there is no such folder")


@pytest.mark.parametrize(
    "reason",
    [
        "cannot be loaded by ONNX Runtime: Load model from {folder}/model.int8.onnx failed: bad file {folder}",
        "cannot be served: PermissionError: [Errno 13] Permission denied: '{folder}/model.int8.onnx'",
        "is on the same disk as {parent}/another and as {parent}",
        "cannot be loaded: see /usr/lib/python3/site.py",
    ],
)
def test_public_message_has_no_folders_of_the_reason(tmp_path, reason: str) -> None:
    parent = tmp_path / "a folder with spaces"
    folder = parent / "bundle"
    folder.mkdir(parents=True)
    (folder / "bundle.json").write_text("{}")
    error = BundleError(folder / "model.int8.onnx", reason.format(folder=folder, parent=parent))
    assert not any(name in error.public_message for name in (str(tmp_path), tmp_path.name, "with spaces", "/usr"))
    assert str(folder) in str(error)


@pytest.mark.parametrize("error", [ReloadRefused, RegistryError])
def test_public_message_of_other_errors_about_models_has_no_folders(error: type[EmojiApiError]) -> None:
    raised = error("/srv/models/second/model.int8.onnx: has 10 bytes; first goes on serving")
    assert raised.public_message == "model.int8.onnx: has 10 bytes; first goes on serving"
    assert str(raised).startswith("/srv/models/")


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("no such file: '/srv/models/x.onnx'", "no such file: 'x.onnx'"),
        ("(/srv/a, /srv/b/)", "(a, )"),
        ("models:/tweets@champion", "models:/tweets@champion"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("tokenizer/tokenizer.json and/or 1/2", "tokenizer/tokenizer.json and/or 1/2"),
    ],
)
def test_absolute_paths_are_reduced_to_their_last_component(text: str, public: str) -> None:
    assert without_folders(text) == public


def test_public_message_is_the_message_by_default() -> None:
    assert UnknownTask("a/b", ["emotion"]).public_message == str(UnknownTask("a/b", ["emotion"]))


@pytest.mark.parametrize("error", [DependencyMissing("TensorFlow", "train"), TrainerMissing(["tensorflow"], "train")])
def test_missing_dependency_error_names_the_install_command(error: EmojiApiError) -> None:
    assert "make install" in str(error) and "pip install '.[train]'" in str(error)


@pytest.mark.parametrize("error", [DataError, ExportError, RegistryError, ReloadRefused, SettingsError])
def test_other_errors_have_the_message_that_they_are_raised_with(error: type[EmojiApiError]) -> None:
    assert str(error("no such file")) == "no such file"
