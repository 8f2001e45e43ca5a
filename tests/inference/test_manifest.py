"""Validation of bundle.json."""

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
def test_invalid_file_entry_is_reported(bundle: Bundle, entry: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="model.onnx"):
        check_manifest(PATH, {**bundle.manifest, "files": {"model.onnx": entry}})


@pytest.mark.parametrize("change", [{"temperature": 0}, {"threshold": 1.5}, {"labels": "joy"}, {"kind": "regression"}])
def test_invalid_value_of_a_task_is_reported(bundle: Bundle, change: dict[str, object]) -> None:
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
def test_valid_fitted_parameters_are_accepted(bundle: Bundle, task: dict[str, object]) -> None:
    assert check_manifest(PATH, {**bundle.manifest, "tasks": {"new": task}})["tasks"]["new"] == task


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({**TWO, "labels": ["no", "yes", "both"], "threshold": 0.3}, "has a threshold but is not"),
        ({**SPAN, "threshold": 0.3}, "has a threshold but is not"),
        ({**TWO, "floors": [0.1, 0.3]}, "does not have one floor and one weight per label"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0]}, "does not have one floor and one weight per label"),
        ({**TWO, "floors": [0.1, 1.3], "weights": [1.0, 1.0]}, "floors"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0, 0.0]}, "weights"),
        ({**TWO, "floors": [0.1, 0.3], "weights": [1.0, 1.0], "threshold": 0.3}, "is a span task or has a threshold"),
        ({**SPAN, "floors": [0.1, 0.3], "weights": [1.0, 1.0]}, "is a span task or has a threshold"),
        ({**SPAN, "whole": ["bad", "ugly"]}, "whole text for unknown labels: ugly"),
        ({**TWO, "whole": ["yes"]}, "whole text for unknown labels: yes"),
        ({**SPAN, "whole": "bad"}, "whole"),
        ({**TWO, "prior": PRIOR}, "has a span prior but is not a span task"),
        ({**SPAN, "prior": {"whole_text": 1.0}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "log_length": "long"}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "log_length": 1e308}}, "log_length"),
        ({**SPAN, "prior": {**PRIOR, "whole_text": float("nan")}}, "whole_text"),
    ],
)
def test_invalid_fitted_parameters_are_reported(bundle: Bundle, task: dict[str, object], reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        check_manifest(PATH, {**bundle.manifest, "tasks": {"new": task}})


def test_rule_for_tweets_without_emotion_is_checked(bundle: Bundle) -> None:
    rule = {"slope": -1.0, "intercept": -3.0, "threshold": 0.4}
    emotion = bundle.manifest["tasks"]["emotion"]
    checked = check_manifest(PATH, {**bundle.manifest, "tasks": {"emotion": {**emotion, "no_emotion": rule}}})
    assert checked["tasks"]["emotion"]["no_emotion"] == rule
    for change in ({"threshold": 1.5}, {"slope": "steep"}, {"intercept": float("nan")}):
        with pytest.raises(BundleError, match=next(iter(change))):
            check_manifest(
                PATH, {**bundle.manifest, "tasks": {"emotion": {**emotion, "no_emotion": {**rule, **change}}}}
            )
    with pytest.raises(BundleError, match="is not the task emotion"):
        check_manifest(PATH, {**bundle.manifest, "tasks": {"new": {**TWO, "no_emotion": rule}}})
