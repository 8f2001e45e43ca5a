"""Two bundles, compared as they are served."""

from pathlib import Path

import pytest

from emoji_api import load_classifier
from emoji_api.errors import DataError
from emoji_api.training.data.readers import Split
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.gate.checks import PromotionVerdict
from emoji_api.training.gate.judge import check_answers, interleaved_texts, judge, time_in_turns
from emoji_api.training.params import GateParams
from tests.training.altered import altered, with_shuffled_labels

# a tiny network is neither calibrated nor timed well
PARAMS = GateParams(
    resamples=200, max_calibration_error=1, max_latency_ratio=3, latency_texts=20, max_new_behaviour_failures=0
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
    """A folder of behaviour tests."""
    folder = tmp_path_factory.mktemp("project") / "tests" / "behaviour"
    folder.mkdir(parents=True)
    (folder / "test_joy.py").write_text(BEHAVIOUR)
    return folder


@pytest.fixture(scope="module")
def splits(training_data: TrainingData) -> dict[str, Split]:
    return {task: measured["validation"] for task, measured in training_data.eval_splits.items()}


@pytest.fixture(scope="module")
def worse(tiny_bundle: Path, splits: dict[str, Split], behaviour: Path, tmp_path_factory) -> PromotionVerdict:
    """What is said of a challenger that gives every text the wrong emotion."""
    challenger = with_shuffled_labels(tiny_bundle, tmp_path_factory.mktemp("models"), "worse")
    return judge(tiny_bundle, challenger, splits, PARAMS, behaviour)


def test_the_same_network_passes(tiny_bundle: Path, splits: dict[str, Split], behaviour: Path) -> None:
    decision = judge(tiny_bundle, tiny_bundle, splits, PARAMS, behaviour)
    assert decision.promoted, str(decision)
    assert len(decision.checks) == 8 * 2 + 2


def test_a_worse_network_is_told_by_its_task_and_its_behaviour(worse: PromotionVerdict) -> None:
    assert not worse.promoted
    assert [check.name for check in worse.reasons] == ["emotion is no worse", "behaves as well"]
    assert worse.reasons[1].detail.endswith("1 of test_joy.test_joy")


def test_a_task_that_cannot_be_compared_fails(tiny_bundle: Path, splits: dict[str, Split], tmp_path: Path) -> None:
    less = load_classifier(altered(tiny_bundle, tmp_path, "less", lambda manifest: manifest["tasks"].pop("hate")))
    champion = load_classifier(tiny_bundle)
    for name, split, detail in (
        ("hate", splits["hate"], "the challenger lacks this task"),
        ("emotion", None, "there are no data to compare it on"),
    ):
        (check,) = check_answers(champion, less, name, split, PARAMS)
        assert (check.name, check.passed, check.detail) == (f"{name} is no worse", False, detail)


def test_without_behaviour_tests_nothing_is_decided(
    tiny_bundle: Path, splits: dict[str, Split], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="there are no behaviour tests"):
        judge(tiny_bundle, tiny_bundle, splits, PARAMS, tmp_path / "none")


def test_texts_are_of_every_split(splits: dict[str, Split]) -> None:
    texts = interleaved_texts(splits, 10)
    assert len(texts) == 10
    assert [text in split.texts for text, split in zip(texts, splits.values(), strict=False)] == [True] * 8


def test_each_text_is_timed_on_both(tiny_bundle: Path) -> None:
    one, other = load_classifier(tiny_bundle), load_classifier(tiny_bundle)
    times = time_in_turns(one, other, ["emotion"], ["so happy", "sad", "so angry"])
    assert [len(some) for some in times] == [3, 3]
    assert min(min(some) for some in times) > 0
