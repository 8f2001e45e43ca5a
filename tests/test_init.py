"""The public interface of the package."""

import importlib
import re
import subprocess
import sys

import pytest

import emoji_api
from emoji_api import inference
from tests.server import ROOT

IMPORT = re.compile(r"^ *from (emoji_api[\w.]*) import ([\w, ]+)$", re.MULTILINE)
POSIX_MODULES = ("fcntl", "grp", "pwd", "resource", "termios")


def documented_imports() -> list[tuple[str, str]]:
    """Return the modules and names that the examples in the README and the documentation import."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = {
        (module, name.strip())
        for page in pages
        for module, names in IMPORT.findall(page.read_text(encoding="utf-8"))
        for name in names.split(",")
    }
    return sorted(found)


def test_documentation_has_examples() -> None:
    assert ("emoji_api", "load_classifier") in documented_imports()


@pytest.mark.parametrize(("module", "name"), documented_imports())
def test_documented_name_can_be_imported(module: str, name: str) -> None:
    imported = importlib.import_module(module)
    assert hasattr(imported, name)
    assert name in getattr(imported, "__all__", [name])


def test_public_names_are_those_of_inference_and_the_version() -> None:
    assert set(emoji_api.__all__) == {*inference.__all__, "__version__"}
    assert dir(emoji_api) == sorted(emoji_api.__all__)


def test_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="module 'emoji_api' has no attribute 'nope'"):
        emoji_api.nope  # noqa: B018
    with pytest.raises(ImportError):
        exec("from emoji_api import nope")


@pytest.mark.parametrize("name", [name for name in emoji_api.__all__ if name != "__version__"])
def test_public_name_has_a_docstring_of_its_own(name: str) -> None:
    documentation = vars(getattr(emoji_api, name)).get("__doc__") or getattr(emoji_api, name).__doc__
    assert documentation and not documentation.startswith(f"{name}(")  # the one that `dataclass` generates


def test_texts_are_classified_without_posix_modules() -> None:
    code = f"""if True:
        import sys
        import filelock, psutil  # their POSIX implementations use these modules, those for Windows do not
        for name in {POSIX_MODULES}:
            sys.modules[name] = None
        from emoji_api import load_classifier
        print(load_classifier().classify("finally home, best day ever!!")[0].label)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "joy\n", done.stderr
