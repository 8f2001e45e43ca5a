"""Training, from data to a bundle."""

import json
import re
import shutil
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoji_api import load_classifier
from emoji_api.errors import BundleError, DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION, TASKS, Task
from emoji_api.training.evaluation.evaluate import evaluate
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
from emoji_api.training.train import FineTuning, start_network, train, training_record
from tests.stages import Recorder


@pytest.fixture(scope="module")
def manifest(tiny_bundle: Path) -> dict[str, Any]:
    return json.loads((tiny_bundle / "bundle.json").read_text())


@pytest.fixture
def existing(tmp_path: Path) -> Path:
    """A folder with an existing bundle."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("old")
    return tmp_path / "bundle"


@pytest.mark.parametrize(
    ("task", "metric", "minimum"),
    [
        ("emotion", "accuracy", 0.8),
        ("sentiment", "accuracy", 0.7),
        ("hate", "accuracy", 0.7),
        ("phrase", "jaccard", 0.5),
    ],
)
def test_tiny_network_learns_all_kinds_of_tasks(
    manifest: dict[str, Any], task: str, metric: str, minimum: float
) -> None:
    assert manifest["metrics"][task]["test"][metric] > minimum


def test_manifest_lists_every_file(tiny_bundle: Path) -> None:
    bundle = read_bundle(tiny_bundle, saved_model=True)
    files = {str(path.relative_to(tiny_bundle)) for path in tiny_bundle.rglob("*") if path.is_file()}
    assert bundle.manifest["files"].keys() | {"bundle.json"} == files


def test_manifest_identifies_the_model(manifest: dict[str, Any]) -> None:
    assert manifest["format"] == 1
    assert re.fullmatch(r"\d{4}\.\d{2}\.\d{2}-\d{6}", manifest["version"])
    assert manifest["created_at"].endswith("+00:00")
    assert manifest["max_length"] == 32
    assert "mlflow_run" in manifest
    assert manifest["source_commit"] == source_commit()


def test_manifest_describes_the_tasks(manifest: dict[str, Any]) -> None:
    assert list(manifest["tasks"]) == list(TASKS)
    for name, task in manifest["tasks"].items():
        assert (task["kind"], task["labels"]) == (TASKS[name].kind, list(TASKS[name].labels))
        assert 0.1 < task["temperature"] < 8
        assert (task["threshold"] is not None) == (name in ("hate", "offensive"))


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if task.kind == "classification"], ids=lambda task: task.name
)
def test_manifest_has_classification_metrics(manifest: dict[str, Any], task: Task, split: str) -> None:
    measured = manifest["metrics"][task.name][split]
    low, high = measured["accuracy_interval"]
    assert low <= measured["accuracy"] <= high
    assert measured["rows"] == sum(label["rows"] for label in measured["per_label"].values()) >= 30
    assert {"macro_f1", "macro_recall", "expected_calibration_error", "confusion"} <= measured.keys()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_manifest_has_span_metrics(manifest: dict[str, Any], split: str) -> None:
    measured = manifest["metrics"]["phrase"][split]
    assert measured["rows"] == sum(label["rows"] for label in measured["per_label"].values()) >= 20
    assert 0 <= measured["exact"] <= measured["jaccard"] <= 1


def test_manifest_describes_the_training(manifest: dict[str, Any], tiny_params: Params) -> None:
    training = manifest["training"]
    assert training["seed"] == tiny_params.seed
    assert training["params"]["fit"] == tiny_params.as_dict()["fit"]
    assert 1 <= training["best_epoch"] <= len(training["epochs"])
    assert manifest["libraries"]["tensorflow"] == version("tensorflow")


def test_manifest_has_the_hash_of_every_data_file(manifest: dict[str, Any]) -> None:
    tweeteval_files = 6  # three splits, each a file of texts and a file of labels
    assert len(manifest["data"]) == 3 + 4 * tweeteval_files + 1 + 2 + 2
    assert {"emotion/train.txt", "tweeteval/hate/val_labels.txt", "finance_topic/topic_train.csv"} < manifest[
        "data"
    ].keys()
    assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in manifest["data"].values())


def test_manifest_has_no_paths_of_this_machine(tiny_bundle: Path, tiny_params: Params) -> None:
    text = (tiny_bundle / "bundle.json").read_text()
    assert str(Path(tiny_params.encoder).parent) not in text
    assert str(Path(tiny_params.data.emotion).parent) not in text


@pytest.mark.parametrize("task", TASKS)
def test_int8_model_agrees_with_the_saved_model(manifest: dict[str, Any], task: str) -> None:
    assert manifest["metrics"][task]["validation"]["same_answer_as_saved_model"] >= LEAST_AGREEMENT


def test_existing_folder_is_not_overwritten(existing: Path, tiny_params: Params) -> None:
    with pytest.raises(DataError, match="already"):
        train(tiny_params, existing)
    assert (existing / "bundle.json").read_text() == "old"


def test_invalid_data_leave_no_files(tiny_params: Params, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    params = tiny_params.with_sources(emotion=str(tmp_path / "data"))
    with pytest.raises(DataError, match="no such file"):
        train(params, tmp_path / "models" / "bundle")
    assert not (tmp_path / "models").exists()


def test_seed_determines_the_initial_weights(tiny_params: Params, training_data: TrainingData) -> None:
    first, second, other = (
        FineTuning(replace(tiny_params, seed=seed), training_data).network.get_weights() for seed in (1, 1, 2)
    )
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_max_length_beyond_the_encoders_positions_is_an_error(tiny_params: Params, training_data: TrainingData) -> None:
    with pytest.raises(DataError, match="reads at most 64 tokens, not 500"):
        start_network(replace(tiny_params, max_length=500), training_data)


def test_start_bundle_gives_its_weights_and_tokenizer(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path
) -> None:
    network, tokenizer = start_network(replace(tiny_params, start=str(tiny_bundle)), training_data)
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", training_data.tasks)
    started = named_arrays(network.weights, training_data.tasks)
    assert started.keys() == kept.keys()
    assert all(np.array_equal(started[name], kept[name]) for name in kept)
    assert json.loads(tokenizer.to_str()) == json.loads((tiny_bundle / "tokenizer" / "tokenizer.json").read_text())


def test_start_bundle_without_saved_model_gives_its_dequantized_weights(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "cloned", ignore=shutil.ignore_patterns("saved_model"))
    network, _ = start_network(replace(tiny_params, start=str(tmp_path / "cloned")), training_data)
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", training_data.tasks)
    started = named_arrays(network.weights, training_data.tasks)
    assert started.keys() == kept.keys()
    for name, values in kept.items():
        # half a quantization step of the coarsest scale, which has 63 levels
        assert np.abs(started[name] - values).mean() <= np.abs(values).max() / 63 / 2 + 1e-5, name


def test_incomplete_saved_model_in_the_start_bundle_is_an_error(
    tiny_params: Params, training_data: TrainingData, tiny_bundle: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "broken")
    next((tmp_path / "broken" / "saved_model" / "variables").glob("*.data*")).unlink()
    with pytest.raises(BundleError, match="is missing"):
        start_network(replace(tiny_params, start=str(tmp_path / "broken")), training_data)


def test_start_bundle_may_have_more_tasks_than_are_trained(emotion_params: Params, tiny_bundle: Path) -> None:
    network, _ = start_network(replace(emotion_params, start=str(tiny_bundle)), read_data(emotion_params))
    kept = read_saved_model_arrays(tiny_bundle / "saved_model", [EMOTION])
    assert list(network.output) == ["emotion"]
    assert all(np.array_equal(values, kept[name]) for name, values in named_arrays(network.weights, [EMOTION]).items())


def test_missing_start_bundle_is_an_error(tiny_params: Params, training_data: TrainingData, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no such folder"):
        start_network(replace(tiny_params, start=str(tmp_path / "nowhere")), training_data)


def test_assign_weights_changes_only_variables_with_an_array(emotion_params: Params) -> None:
    network, _ = start_network(emotion_params, read_data(emotion_params))
    before, bias = named_arrays(network.weights, [EMOTION]), np.arange(6, dtype=np.float32)
    assign_weights(network, {"emotion.classifier.bias": bias, "hate.classifier.bias": bias[:2]})
    after = named_arrays(network.weights, [EMOTION])
    assert [name for name in after if not np.array_equal(after[name], before[name])] == ["emotion.classifier.bias"]
    np.testing.assert_array_equal(after["emotion.classifier.bias"], bias)


def test_record_names_the_version_of_the_start_bundle_and_not_its_path(tiny_params: Params, tiny_bundle: Path) -> None:
    record = training_record(replace(tiny_params, start=str(tiny_bundle)), History(), 0.0, None)["training"]
    assert record["started_from"] == read_bundle(tiny_bundle).version
    assert str(tiny_bundle) not in json.dumps(record)
    assert training_record(tiny_params, History(), 0.0, None)["training"]["started_from"] is None


def test_record_names_the_versions_of_the_teachers_and_not_their_paths(tiny_params: Params, tiny_bundle: Path) -> None:
    teachers = TeacherParams(bundles=[str(tiny_bundle)], soft_target_share=0.3)
    record = training_record(replace(tiny_params, teachers=teachers), History(), 0.0, None)["training"]
    assert record["teachers"] == [read_bundle(tiny_bundle).version]
    assert record["params"]["teachers"]["soft_target_share"] == 0.3
    assert str(tiny_bundle) not in json.dumps(record)
    assert training_record(tiny_params, History(), 0.0, None)["training"]["teachers"] == []


def test_fine_tuning_step_by_step(emotion_params: Params, tmp_path: Path) -> None:
    """Fitting records its history, evaluation measures the fitted network, saving writes a bundle that serves it."""
    params = replace(emotion_params, fit=replace(emotion_params.fit, epochs=6, augmented=0.0))
    data = read_data(params)
    test = data.emotion.splits["test"]
    tuning = FineTuning(params, data)
    untrained = tuning.evaluate(EMOTION, test)
    assert tuning.history.epochs == []

    history = tuning.fit()
    fitted = tuning.evaluate(EMOTION, test)
    assert history is tuning.history and len(history.epochs) == 6
    assert fitted["accuracy"] > max(0.8, untrained["accuracy"])

    bundle = read_bundle(tuning.save(tmp_path / "bundle"), saved_model=True)
    assert bundle.manifest["training"]["epochs"] == history.epochs
    assert bundle.manifest["mlflow_run"] is None
    served = evaluate(load_classifier(tmp_path / "bundle"), EMOTION, test)
    assert bundle.metrics["emotion"]["test"] == served
    assert served["accuracy"] == pytest.approx(fitted["accuracy"], abs=0.05)
    with pytest.raises(DataError, match="already"):
        tuning.save(tmp_path / "bundle")


def test_teachers_without_tweets_are_an_error(emotion_params: Params, tiny_bundle: Path, tmp_path: Path) -> None:
    params = replace(emotion_params, teachers=TeacherParams(bundles=[str(tiny_bundle)]))
    with pytest.raises(DataError, match="tweets"):
        train(params, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_network_learns_the_soft_targets_of_a_teacher(
    tiny_params: Params, tiny_bundle: Path, tiny_data: Path, tmp_path: Path
) -> None:
    """The labels are all wrong, and the soft target share of 1 leaves nothing of them."""
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
    student = load_classifier(train(params, tmp_path / "student"))
    texts = read_data(params).eval_splits["hate"]["validation"].texts
    student_labels, teacher_labels = (
        model.probabilities(texts, ["hate"])["hate"].argmax(axis=1) for model in (student, load_classifier(tiny_bundle))
    )
    assert (student_labels == teacher_labels).mean() > 0.9


def test_with_a_frozen_encoder_only_the_head_is_trainable(emotion_params: Params) -> None:
    params = replace(emotion_params, fit=replace(emotion_params.fit, freeze_encoder=True))
    network, _ = start_network(params, read_data(params))
    assert all("classifier" in variable.name for variable in network.trainable_weights)
    assert len(network.trainable_weights) == 4


def test_reexport_gives_nearly_the_same_probabilities(tiny_bundle: Path, tiny_params: Params, tmp_path: Path) -> None:
    again = reexport(tiny_bundle, tiny_params, tmp_path / "again")
    texts, tasks = ["so happy today", "i am afraid", "this is so sad"], ["emotion", "sentiment", "finance_topic"]
    before, after = (load_classifier(path).probabilities(texts, tasks) for path in (tiny_bundle, again))
    assert all(np.abs(before[name] - after[name]).max() < 0.02 for name in tasks)
    old, new = read_bundle(tiny_bundle).manifest, read_bundle(again, saved_model=True).manifest
    assert list(new["tasks"]) == list(old["tasks"])
    assert new["exported_from"] == old["version"]
    assert new["training"] == old["training"]


def test_reexport_averages_weights_and_records_the_share(
    tiny_bundle: Path, tiny_params: Params, tmp_path: Path
) -> None:
    further = replace(tiny_params, start=str(tiny_bundle), fit=replace(tiny_params.fit, epochs=1))
    trained = train(further, tmp_path / "trained")
    mean = reexport(trained, tiny_params, tmp_path / "mean", average_with=tiny_bundle, average_weight=0.75)
    arrays, starts, means = (read_weights(path)[1] for path in (trained, tiny_bundle, mean))
    for name in (name for name in means if not name.endswith(".classifier.bias")):  # calibration adds to these
        np.testing.assert_allclose(means[name], 0.75 * starts[name] + 0.25 * arrays[name], atol=1e-6, err_msg=name)
    again = reexport(mean, tiny_params, tmp_path / "again")
    averaged_with = {"version": read_bundle(tiny_bundle).version, "share": 0.75}
    assert [read_bundle(path).manifest["averaged_with"] for path in (mean, again)] == [averaged_with] * 2


def test_reexport_records_its_calibration(tiny_bundle: Path, tiny_params: Params, tmp_path: Path) -> None:
    params = replace(tiny_params, calibration=CalibrationParams(class_balance={"emotion": 0.5}))
    again = reexport(tiny_bundle, params, tmp_path / "again")
    assert read_bundle(again).manifest["calibration"]["class_balance"] == {"emotion": 0.5}
    assert read_bundle(tiny_bundle).manifest["calibration"]["class_balance"] == tiny_params.calibration.class_balance


def test_reexport_does_not_overwrite_a_bundle(tiny_bundle: Path, tiny_params: Params) -> None:
    with pytest.raises(DataError, match="already"):
        reexport(tiny_bundle, tiny_params, tiny_bundle)


def test_training_reports_its_progress(tiny_bundle: Path, training_stages: Recorder) -> None:
    names = [stage.name for stage in training_stages.stages]
    expected = ["training", "epoch 1", "calibration", "measuring activations", "quantising kernels"]
    assert [name for name in names if name in expected] == expected
    assert {"validation", "writing the SavedModel", "writing the ONNX file", "reference of emotion"} < set(names)
    assert {f"evaluating {task}" for task in TASKS} < set(names)
    for stage in training_stages.stages:
        assert stage.ended, stage
        if stage.total is not None:  # the epochs may end early
            assert 0 < stage.done <= stage.total + 1e-6, stage
            assert stage.name == "training" or stage.done == pytest.approx(stage.total), stage
