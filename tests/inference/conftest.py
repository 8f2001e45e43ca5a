"""A bundle of a tiny network, and copies of it to damage."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoji_api.inference.bundle import TOKENIZER, Bundle, read_bundle
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.tokenizer import TweetTokenizer


@pytest.fixture
def bundle_copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle that the test may change."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


@pytest.fixture
def edit(bundle_copy: Path) -> Callable[[Callable[[dict[str, Any]], Any]], Path]:
    """Return a function that applies a change to the copy's bundle.json, and returns the copy."""

    def apply(change: Callable[[dict[str, Any]], Any]) -> Path:
        path = bundle_copy / "bundle.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))
        return bundle_copy

    return apply


@pytest.fixture(scope="session")
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


@pytest.fixture(scope="session")
def tokenizer(bundle: Bundle) -> TweetTokenizer:
    return TweetTokenizer(bundle.file(TOKENIZER), bundle.max_length)


@pytest.fixture(scope="session")
def classifier(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)
