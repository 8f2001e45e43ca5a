"""From data to a bundle, which is there whole or not at all."""

import json
import re
import shutil
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from emoji_api import load_classifier
from emoji_api.errors import BundleError, DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION, TASKS, Task
from emoji_api.training.examples.training_data import TrainingData, read_data
from emoji_api.training.export.bundle import LEAST_AGREEMENT, reexport, source_commit
from emoji_api.training.export.weights import (
    assign_weights,
    named_arrays,
    read_saved_model_arrays,
    read_weights,
)
from emoji_api.training.fit import History
from emoji_api.training.params import CalibrationParams, Params, TeacherParams
from emoji_api.training.train import start_network, train, training_record


@pytest.fixture(scope="module")
def manifest(tiny_bundle: Path) -> dict[str, Any]:
    return json.loads((tiny_bundle / "bundle.json").read_text())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A bundle that is there already."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("old")
    return tmp_path / "bundle"


@pytest.mark.parametrize(
    ("task", "measure", "least"),
    [
        ("emotion", "accuracy", 0.8),
        ("sentiment", "accuracy", 0.7),
        ("hate", "accuracy", 0.7),
        ("phrase", "jaccard", 0.5),
    ],
)
def test_the_tiny_network_has_learned(manifest: dict[str, Any], task: str, measure: str, least: float) -> None:
    assert manifest["metrics"][task]["test"][measure] > least


def test_the_bundle_is_whole(tiny_bundle: Path) -> None:
    bundle = read_bundle(tiny_bundle, saved_model=True)
    files = {str(path.relative_to(tiny_bundle)) for path in tiny_bundle.rglob("*") if path.is_file()}
    assert bundle.manifest["files"].keys() | {"bundle.json"} == files


def test_it_says_which_model_it_is(manifest: dict[str, Any]) -> None:
    assert manifest["format"] == 1
    assert re.fullmatch(r"\d{4}\.\d{2}\.\d{2}-\d{6}", manifest["version"])
    assert manifest["created_at"].endswith("+00:00")
    assert manifest["max_length"] == 32
    assert "mlflow_run" in manifest
    assert manifest["source_commit"] == source_commit()


def test_it_says_what_it_answers(manifest: dict[str, Any]) -> None:
    assert list(manifest["tasks"]) == list(TASKS)
    for name, task in manifest["tasks"].items():
        assert (task["kind"], task["labels"]) == (TASKS[name].kind, list(TASKS[name].labels))
        assert 0.1 < task["temperature"] < 8
        assert (task["threshold"] is not None) == (name in ("hate", "offensive"))


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if task.kind == "classification"], ids=lambda task: task.name
)
def test_it_says_how_good_it_is(manifest: dict[str, Any], task: Task, split: str) -> None:
    measured = manifest["metrics"][task.name][split]
    low, high = measured["accuracy_interval"]
    assert low <= measured["accuracy"] <= high
    assert measured["rows"] == sum(label["rows"] for label in measured["per_label"].values()) >= 30
    assert {"macro_f1", "macro_recall", "expected_calibration_error", "confusion"} <= measured.keys()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_it_says_how_good_its_phrases_are(manifest: dict[str, Any], split: str) -> None:
    measured = manifest["metrics"]["phrase"][split]
    assert measured["rows"] == sum(label["rows"] for label in measured["per_label"].values()) >= 20
    assert 0 <= measured["exact"] <= measured["jaccard"] <= 1


def test_it_says_how_it_was_trained(manifest: dict[str, Any], tiny_params: Params) -> None:
    training = manifest["training"]
    assert training["seed"] == tiny_params.seed
    assert training["params"]["fit"] == tiny_params.as_dict()["fit"]
    assert 1 <= training["best_epoch"] <= len(training["epochs"])
    assert manifest["libraries"]["tensorflow"] == version("tensorflow")


def test_it_says_which_data_it_was_trained_on(manifest: dict[str, Any]) -> None:
    of_tweeteval = 6  # three splits, of texts and of labels
    assert len(manifest["data"]) == 3 + 4 * of_tweeteval + 1 + 2 + 2
    assert {"emotion/train.txt", "tweeteval/hate/val_labels.txt", "finance_topic/topic_train.csv"} < manifest[
        "data"
    ].keys()
    assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in manifest["data"].values())


def test_it_names_no_place_on_this_machine(tiny_bundle: Path, tiny_params: Params) -> None:
    text = (tiny_bundle / "bundle.json").read_text()
    assert str(Path(tiny_params.encoder).parent) not in text
    assert str(Path(tiny_params.data.emotion).parent) not in text


@pytest.mark.parametrize("task", TASKS)
def test_the_int8_file_agrees_with_the_saved_model(manifest: dict[str, Any], task: str) -> None:
    assert manifest["metrics"][task]["validation"]["same_answer_as_saved_model"] >= LEAST_AGREEMENT


def test_an_existing_folder_is_not_overwritten(old: Path, tiny_params: Params) -> None:
    with pytest.raises(DataError, match="is there already"):
        train(tiny_params, old)
    assert (old / "bundle.json").read_text() == "old"


def test_bad_data_leaves_nothing(tiny_params: Params, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    params = tiny_params.with_sources(emotion=str(tmp_path / "data"))
    with pytest.raises(DataError, match="no such file"):
        train(params, tmp_path / "models" / "bundle")
    assert not (tmp_path / "models").exists()


def test_the_same_seed_starts_with_the_same_weights(tiny_params: Params) -> None:
    starts = []
    for _ in range(2):
        keras.utils.set_random_seed(tiny_params.seed)
        starts.append(start_network(tiny_params, read_data(tiny_params))[0].get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*starts, strict=True))


def test_more_tokens_than_the_encoder_has_positions_for(tiny_params: Params, training_data: TrainingData) -> None:
    with pytest.raises(DataError, match="reads at most 64 tokens, not 500"):
        start_network(replace(tiny_params, max_length=500), training_data)


def test_from_a_bundle_it_starts_with_the_same_weights(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path
) -> None:
    network, tokenizer = start_network(replace(tiny_params, start=str(tiny_bundle)), training_data)
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", training_data.tasks)
    started = named_arrays(network.weights, training_data.tasks)
    assert started.keys() == kept.keys()
    assert all(np.array_equal(started[name], kept[name]) for name in kept)
    assert json.loads(tokenizer.to_str()) == json.loads((tiny_bundle / "tokenizer" / "tokenizer.json").read_text())


def test_from_a_bundle_without_its_saved_model_it_starts_with_what_int8_has_kept(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "cloned", ignore=shutil.ignore_patterns("saved_model"))
    network, _ = start_network(replace(tiny_params, start=str(tmp_path / "cloned")), training_data)
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", training_data.tasks)
    started = named_arrays(network.weights, training_data.tasks)
    assert started.keys() == kept.keys()
    for name, values in kept.items():
        # half a step of the coarsest scale, of 63 levels
        assert np.abs(started[name] - values).mean() <= np.abs(values).max() / 63 / 2 + 1e-5, name


def test_a_saved_model_that_is_there_in_part_is_told(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "broken")
    next((tmp_path / "broken" / "saved_model" / "variables").glob("*.data*")).unlink()
    with pytest.raises(BundleError, match="is missing"):
        start_network(replace(tiny_params, start=str(tmp_path / "broken")), training_data)


def test_from_a_bundle_a_task_or_two(emotion_params: Params, tiny_bundle: Path) -> None:
    network, _ = start_network(replace(emotion_params, start=str(tiny_bundle)), read_data(emotion_params))
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", [EMOTION])
    assert list(network.output) == ["emotion"]
    assert all(np.array_equal(values, kept[name]) for name, values in named_arrays(network.weights, [EMOTION]).items())


def test_a_bundle_to_start_from_is_verified(tiny_params: Params, training_data: TrainingData, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no such folder"):
        start_network(replace(tiny_params, start=str(tmp_path / "nowhere")), training_data)


def test_what_has_no_array_keeps_its_own(emotion_params: Params) -> None:
    network, _ = start_network(emotion_params, read_data(emotion_params))
    before, bias = named_arrays(network.weights, [EMOTION]), np.arange(6, dtype=np.float32)
    assign_weights(network, {"emotion.classifier.bias": bias, "hate.classifier.bias": bias[:2]})
    after = named_arrays(network.weights, [EMOTION])
    assert [name for name in after if not np.array_equal(after[name], before[name])] == ["emotion.classifier.bias"]
    np.testing.assert_array_equal(after["emotion.classifier.bias"], bias)


def test_it_says_which_bundle_it_started_from_but_not_where_that_is(tiny_params: Params, tiny_bundle: Path) -> None:
    facts = training_record(replace(tiny_params, start=str(tiny_bundle)), History(), 0.0, None)["training"]
    assert facts["started_from"] == read_bundle(tiny_bundle).version
    assert str(tiny_bundle) not in json.dumps(facts)
    assert training_record(tiny_params, History(), 0.0, None)["training"]["started_from"] is None


def test_it_says_which_bundles_taught_but_not_where_they_are(tiny_params: Params, tiny_bundle: Path) -> None:
    teachers = TeacherParams(bundles=[str(tiny_bundle)], soft_target_share=0.3)
    facts = training_record(replace(tiny_params, teachers=teachers), History(), 0.0, None)["training"]
    assert facts["teachers"] == [read_bundle(tiny_bundle).version]
    assert facts["params"]["teachers"]["share"] == 0.3
    assert str(tiny_bundle) not in json.dumps(facts)
    assert training_record(tiny_params, History(), 0.0, None)["training"]["teachers"] == []


def test_teachers_that_find_no_tweets_are_an_error(emotion_params: Params, tiny_bundle: Path, tmp_path: Path) -> None:
    params = replace(emotion_params, teachers=TeacherParams(bundles=[str(tiny_bundle)]))
    with pytest.raises(DataError, match="tweets"):
        train(params, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_network_learns_what_a_teacher_answers(
    tiny_params: Params, tiny_bundle: Path, tiny_data: Path, tmp_path: Path
) -> None:
    """From labels that are all wrong, of which the teacher's answers leave nothing."""
    wrong = shutil.copytree(tiny_data / "tweeteval", tmp_path / "tweeteval")
    labels = wrong / "hate" / "train_labels.txt"
    labels.write_text(labels.read_text().translate(str.maketrans("01", "10")))
    params = replace(
        tiny_params.with_sources(tweeteval=str(wrong)),
        tasks=["hate"],
        fit=replace(tiny_params.fit, epochs=40, patience=40),
        tweets=replace(tiny_params.tweets, rows={"tweeteval/hate": 60}),
        teachers=TeacherParams(bundles=[str(tiny_bundle)], soft_target_share=1.0),
    )
    taught = load_classifier(train(params, tmp_path / "taught"))
    texts = read_data(params).eval_splits["hate"]["validation"].texts
    pupil, teacher = (model.probabilities(texts, ["hate"])["hate"] for model in (taught, load_classifier(tiny_bundle)))
    assert (pupil.argmax(axis=1) == teacher.argmax(axis=1)).mean() > 0.9


def test_a_frozen_encoder_leaves_the_head_to_be_trained(emotion_params: Params) -> None:
    params = replace(emotion_params, fit=replace(emotion_params.fit, freeze_encoder=True))
    network, _ = start_network(params, read_data(params))
    assert all("classifier" in variable.name for variable in network.trainable_weights)
    assert len(network.trainable_weights) == 4


def test_exported_again_it_answers_alike(tiny_bundle: Path, tiny_params: Params, tmp_path: Path) -> None:
    again = reexport(tiny_bundle, tiny_params, tmp_path / "again")
    texts, labels = ["so happy today", "i am afraid", "this is so sad"], ["emotion", "sentiment", "finance_topic"]
    one, other = (load_classifier(path).probabilities(texts, labels) for path in (tiny_bundle, again))
    assert all(np.abs(one[name] - other[name]).max() < 0.02 for name in labels)
    old, new = read_bundle(tiny_bundle).manifest, read_bundle(again, saved_model=True).manifest
    assert list(new["tasks"]) == list(old["tasks"])
    assert new["exported_from"] == old["version"]
    assert new["training"] == old["training"]


def test_an_average_has_a_share_of_each_and_says_so_ever_after(
    tiny_bundle: Path, tiny_params: Params, tmp_path: Path
) -> None:
    further = replace(tiny_params, start=str(tiny_bundle), fit=replace(tiny_params.fit, epochs=1))
    trained = train(further, tmp_path / "trained")
    mean = reexport(trained, tiny_params, tmp_path / "mean", average_with=tiny_bundle, average_weight=0.75)
    arrays, starts, means = (read_weights(path)[1] for path in (trained, tiny_bundle, mean))
    for name in (name for name in means if not name.endswith(".classifier.bias")):  # which calibration adds to
        np.testing.assert_allclose(means[name], 0.75 * starts[name] + 0.25 * arrays[name], atol=1e-6, err_msg=name)
    again = reexport(mean, tiny_params, tmp_path / "again")
    averaged_with = {"version": read_bundle(tiny_bundle).version, "share": 0.75}
    assert [read_bundle(path).manifest["averaged_with"] for path in (mean, again)] == [averaged_with] * 2


def test_an_export_says_how_it_was_calibrated(tiny_bundle: Path, tiny_params: Params, tmp_path: Path) -> None:
    params = replace(tiny_params, calibration=CalibrationParams(class_balance={"emotion": 0.5}))
    again = reexport(tiny_bundle, params, tmp_path / "again")
    assert read_bundle(again).manifest["calibration"]["class_balance"] == {"emotion": 0.5}
    assert read_bundle(tiny_bundle).manifest["calibration"]["class_balance"] == tiny_params.calibration.class_balance


def test_an_export_is_not_written_over_a_bundle(tiny_bundle: Path, tiny_params: Params) -> None:
    with pytest.raises(DataError, match="is there already"):
        reexport(tiny_bundle, tiny_params, tiny_bundle)
