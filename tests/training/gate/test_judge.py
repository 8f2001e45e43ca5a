"""The comparison of two bundles through the code that serves them."""

from pathlib import Path

import pytest

from emoji_api import load_classifier
from emoji_api.errors import DataError
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.gate.judge import check_answers, interleaved_texts, judge, time_in_turns
from emoji_api.training.gate.verdict import PromotionVerdict
from emoji_api.training.params import GateParams
from tests.training.altered import altered, with_shuffled_labels

# bounds that do not depend on the calibration and the latency of a tiny network
PARAMS = GateParams(
    resamples=200, max_calibration_error=1, max_latency_ratio=1000, latency_texts=20, max_new_behaviour_failures=0
)
BEHAVIOUR = """
import os
from emoji_api import load_classifier

def test_joy():
    classifier = load_classifier(os.environ["EMOJI_API_BEHAVIOUR_MODEL"])
    assert classifier.classify("i am so happy today")[0].label == "joy"
"""


@pytest.fixture(scope="module")
def behaviour(tmp_path_factory) -> Path:
    """A folder with one behaviour test."""
    folder = tmp_path_factory.mktemp("project") / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_joy.py").write_text(BEHAVIOUR)
    return folder


@pytest.fixture(scope="module")
def splits(training_data: TrainingData) -> dict[str, Split]:
    return training_data.validation


@pytest.fixture(scope="module")
def worse(tiny_bundle: Path, splits: dict[str, Split], behaviour: Path, tmp_path_factory) -> PromotionVerdict:
    """The verdict on a challenger that predicts a wrong emotion for every text."""
    challenger = with_shuffled_labels(tiny_bundle, tmp_path_factory.mktemp("models"), "worse")
    return judge(tiny_bundle, challenger, splits, PARAMS, behaviour)


def test_same_network_passes(tiny_bundle: Path, splits: dict[str, Split], behaviour: Path) -> None:
    verdict = judge(tiny_bundle, tiny_bundle, splits, PARAMS, behaviour)
    assert verdict.promoted, str(verdict)
    assert len(verdict.checks) == 8 * 2 + 2


def test_worse_network_fails_on_its_task_and_in_behaviour(worse: PromotionVerdict) -> None:
    assert not worse.promoted
    assert [check.name for check in worse.reasons] == ["emotion is no worse", "behaves as well"]
    assert worse.reasons[1].detail.endswith("1 in test_joy.test_joy")


def test_task_that_cannot_be_compared_fails(tiny_bundle: Path, splits: dict[str, Split], tmp_path: Path) -> None:
    without_hate = load_classifier(
        altered(tiny_bundle, tmp_path, "less", lambda manifest: manifest["tasks"].pop("hate"))
    )
    champion = load_classifier(tiny_bundle)
    for name, split, detail in (
        ("hate", splits["hate"], "the challenger lacks this task"),
        ("emotion", None, "there are no data to compare it on"),
    ):
        (check,) = check_answers(champion, without_hate, name, split, PARAMS)
        assert (check.name, check.passed, check.detail) == (f"{name} is no worse", False, detail)


def test_missing_behaviour_tests_are_an_error(tiny_bundle: Path, splits: dict[str, Split], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no behaviour tests"):
        judge(tiny_bundle, tiny_bundle, splits, PARAMS, tmp_path / "none")


def test_latency_texts_come_from_every_split(splits: dict[str, Split]) -> None:
    texts = interleaved_texts(splits, 10)
    assert len(texts) == 10
    assert [text in split.texts for text, split in zip(texts, splits.values(), strict=False)] == [True] * 8


def test_texts_are_timed_on_both_bundles(tiny_bundle: Path) -> None:
    champion, challenger = load_classifier(tiny_bundle), load_classifier(tiny_bundle)
    times = time_in_turns(champion, challenger, ["emotion"], ["so happy", "sad", "so angry"])
    assert [len(seconds) for seconds in times] == [3, 3]
    assert min(map(min, times)) > 0
