"""The rule for tweets without an emotion, added to a bundle without it."""

import json
import shutil
from pathlib import Path

import pytest

from emoji_api import load_classifier
from emoji_api.errors import DataError
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.training.data.sources import find_data_paths
from emoji_api.training.export.no_emotion import add_no_emotion
from emoji_api.training.params import DataParams


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the shipped bundle without the rule."""
    folder = Path(shutil.copytree(packaged_bundle(), tmp_path / "bundle"))
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    manifest["tasks"]["emotion"].pop("no_emotion", None)
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_shipped_rule_is_that_of_the_annotated_tweets(bundle: Path, public_data: Path) -> None:
    before = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    rule = add_no_emotion(bundle, DataParams(**find_data_paths(public_data)), None)
    after = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    assert load_classifier(bundle).bundle.no_emotion == rule
    shipped = load_classifier().bundle.no_emotion
    assert shipped is not None
    # the figures of int8 differ a little from processor to processor
    assert (rule.slope, rule.intercept) == pytest.approx((shipped.slope, shipped.intercept), rel=0.05)
    assert rule.threshold == pytest.approx(shipped.threshold, abs=0.1)
    del after["tasks"]["emotion"]["no_emotion"]
    assert after == before


def test_data_without_annotated_tweets_are_refused(bundle: Path, tiny_data: Path) -> None:
    with pytest.raises(DataError, match="no annotated validation tweets"):
        add_no_emotion(bundle, DataParams(emotion=str(tiny_data / "emotion")), None)
