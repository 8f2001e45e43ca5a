"""Keys that are not known yet are no reason to refuse a bundle."""

from pathlib import Path

import pytest

from emoji_api.errors import BundleError
from emoji_api.inference.bundle import Bundle
from emoji_api.inference.manifest import check_manifest

PATH = Path("bundle.json")
TWO = {"kind": "classification", "labels": ["no", "yes"]}
SPAN = {"kind": "span", "labels": ["good", "bad"]}
PRIOR = {"whole_text": 1.0, "log_length": -0.5}


def test_unknown_keys_are_kept(bundle: Bundle) -> None:
    assert check_manifest(PATH, {**bundle.manifest, "colour": "blue"})["colour"] == "blue"


@pytest.mark.parametrize("entry", [{"size": 1}, {"sha256": "0" * 63, "size": 1}, {"sha256": "0" * 64, "size": -1}])
def test_file_entry_that_proves_nothing(bundle: Bundle, entry: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="model.onnx"):
        check_manifest(PATH, {**bundle.manifest, "files": {"model.onnx": entry}})


@pytest.mark.parametrize("change", [{"temperature": 0}, {"threshold": 1.5}, {"labels": "joy"}, {"kind": "regression"}])
def test_task_with_an_impossible_value(bundle: Bundle, change: dict[str, object]) -> None:
    task = {**bundle.manifest["tasks"]["emotion"], **change}
    with pytest.raises(BundleError, match=next(iter(change))):
        check_manifest(PATH, {**bundle.manifest, "tasks": {"emotion": task}})


@pytest.mark.parametrize(
    "task",
    [
        {**TWO, "threshold": 0.3},
        {**TWO, "threshold": None},
        {**TWO, "floors": [0.1, 0.3], "weights": [1.5, 2.0]},
        {**SPAN, "whole": ["bad"]},
        {**SPAN, "prior": PRIOR},
        SPAN,
    ],
)
def test_what_was_fitted(bundle: Bundle, task: dict[str, object]) -> None:
    assert check_manifest(PATH, {**bundle.manifest, "tasks": {"new": task}})["tasks"]["new"] == task


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({**TWO, "labels": ["no", "yes", "both"], "threshold": 0.3}, "has a threshold, but not two labels"),
        ({**SPAN, "threshold": 0.3}, "has a threshold, but not two labels"),
        ({**TWO, "floors": [0.1, 0.3]}, "has not one floor and one weight a label"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0]}, "has not one floor and one weight a label"),
        ({**TWO, "floors": [0.1, 1.3], "weights": [1.0, 1.0]}, "floors"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0, 0.0]}, "weights"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0, 1.0], "threshold": 0.3}, "no labels to choose with them"),
        ({**SPAN, "floors": [0.1, 0.3], "weights": [1.0, 1.0]}, "no labels to choose with them"),
        ({**SPAN, "whole": ["bad", "ugly"]}, "cannot give the whole text for ugly"),
        ({**TWO, "whole": ["yes"]}, "cannot give the whole text for yes"),
        ({**SPAN, "whole": "bad"}, "whole"),
        ({**TWO, "prior": PRIOR}, "has a prior of spans, but no spans"),
        ({**SPAN, "prior": {"whole_text": 1.0}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "log_length": "long"}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "log_length": 1e308}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "whole_text": float("nan")}}, "whole_text"),
    ],
)
def test_what_cannot_be_fitted(bundle: Bundle, task: dict[str, object], reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        check_manifest(PATH, {**bundle.manifest, "tasks": {"new": task}})
