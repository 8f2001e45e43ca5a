"""A folder of data sets is found by their names, to train on or to measure with."""

from dataclasses import replace
from pathlib import Path

import pytest

from emoji_api import Classifier, load_classifier
from emoji_api.errors import DataError, UnknownTask
from emoji_api.tasks import TASKS
from emoji_api.training.data.sources import find_data_paths, resolve_params
from emoji_api.training.evaluation.evaluate import evaluate, evaluate_tasks
from emoji_api.training.examples.training_data import TrainingData

PARAMS = "encoder: tiny\ndata: {emotion: hub/emotion, tweeteval: elsewhere}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path / "params.yaml"


def test_without_a_folder_the_file_says_all(file: Path) -> None:
    params = resolve_params(file, None, None)
    assert (params.encoder, params.data.emotion, params.data.tweeteval) == ("tiny", "hub/emotion", "elsewhere")


def test_what_is_in_the_folder_is_taken_from_it(file: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "emotion").mkdir(parents=True)
    data = resolve_params(file, tmp_path / "data", None).data
    assert (data.emotion, data.tweeteval) == (str(tmp_path / "data" / "emotion"), "elsewhere")


@pytest.mark.parametrize("name", ["mistyped", "empty"])
def test_a_folder_without_data_sets_is_an_error(file: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty" / "other").mkdir(parents=True)
    with pytest.raises(DataError, match="no emotion/"):
        resolve_params(file, tmp_path / name, None)


def test_another_encoder(file: Path) -> None:
    assert resolve_params(file, None, "other").encoder == "other"


def test_a_bundle_to_start_from(file: Path) -> None:
    assert resolve_params(file, None, None).start is None
    assert resolve_params(file, None, None, Path("models/tweets")).start == "models/tweets"


def test_bundles_to_learn_from(file: Path) -> None:
    assert resolve_params(file, None, None).teachers.bundles == []
    assert resolve_params(file, None, None, teachers=["one", Path("other")]).teachers.bundles == ["one", "other"]


def test_only_folders_of_the_names_of_data_sets_are_found(tmp_path: Path) -> None:
    for name in ("emotion", "finance_topic", "weather"):
        (tmp_path / name).mkdir()
    (tmp_path / "tweeteval").write_text("a file")
    assert find_data_paths(tmp_path) == {name: str(tmp_path / name) for name in ("emotion", "finance_topic")}


@pytest.fixture(scope="module")
def served(tiny_bundle: Path) -> Classifier:
    return load_classifier(tiny_bundle)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_task_is_measured_on_the_split_that_is_named(
    served: Classifier, tiny_data: Path, training_data: TrainingData, split: str
) -> None:
    measured = evaluate_tasks(served, str(tiny_data), split)
    assert list(measured) == list(TASKS)
    held_out = (
        training_data.test_splits
        if split == "test"
        else {n: s["validation"] for n, s in training_data.eval_splits.items()}
    )
    assert measured["finance_topic"] == evaluate(served, TASKS["finance_topic"], held_out["finance_topic"])
    assert {name: of_task["rows"] for name, of_task in measured.items()} == {n: len(s) for n, s in held_out.items()}


def test_tasks_that_are_named_are_measured(served: Classifier, tiny_data: Path) -> None:
    assert list(evaluate_tasks(served, str(tiny_data), "test", ["hate", "phrase"])) == ["phrase", "hate"]


def test_the_emotion_set_alone_measures_emotion(served: Classifier, tiny_data: Path) -> None:
    measured = evaluate_tasks(served, str(tiny_data / "emotion"), "test")
    assert (list(measured), measured["emotion"]["rows"]) == (["emotion"], 60)


def test_the_emotion_set_need_not_be_there(served: Classifier, tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "finance_topic").symlink_to(tiny_data / "finance_topic")
    assert list(evaluate_tasks(served, str(tmp_path), "test")) == ["finance_topic"]


def test_a_task_without_data_is_refused(served: Classifier, tiny_data: Path) -> None:
    with pytest.raises(DataError, match="teaches hate"):
        evaluate_tasks(served, str(tiny_data / "emotion"), "test", ["hate"])


def test_a_task_that_the_bundle_lacks_is_refused(served: Classifier, tiny_data: Path) -> None:
    bundle = replace(served.bundle, tasks={"emotion": TASKS["emotion"]})
    emotion_alone = Classifier(bundle, served.engine, served.tokenizer)
    with pytest.raises(UnknownTask, match="hate"):
        evaluate_tasks(emotion_alone, str(tiny_data), "test", ["hate"])
    assert list(evaluate_tasks(emotion_alone, str(tiny_data), "test")) == ["emotion"]
