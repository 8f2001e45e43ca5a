"""From data to a bundle, which is there whole or not at all."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoji_api import load_classifier
from emoji_api.errors import DataError
from emoji_api.inference.bundle import read_bundle
from emoji_api.tasks import EMOTION, SENTIMENT
from emoji_api.training.datasets import key
from emoji_api.training.fit import predict, softmax
from emoji_api.training.params import Params, read_params
from emoji_api.training.train import (
    calibrate,
    export_again,
    read_data,
    source_commit,
    start_network,
    train,
    written_whole,
)

# writes half a bundle, says so, and waits to be killed
HALF = """
import sys, time
from pathlib import Path
from emoji_api.training.train import written_whole
with written_whole(Path(sys.argv[1]), replace=True) as folder:
    (folder / "bundle.json").write_text("half")
    print("half", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def manifest(tiny_bundle: Path) -> dict[str, Any]:
    return json.loads((tiny_bundle / "bundle.json").read_text())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A bundle that is there already."""
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bundle.json").write_text("old")
    return tmp_path / "bundle"


def visible(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


def test_the_tiny_network_has_learned(manifest: dict[str, Any]) -> None:
    assert manifest["metrics"]["emotion"]["test"]["accuracy"] > 0.8


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
    task = manifest["tasks"]["emotion"]
    assert task["labels"] == list(EMOTION.labels)
    assert 0.1 < task["temperature"] < 8
    assert task["threshold"] is None


@pytest.mark.parametrize("split", ["validation", "test"])
def test_it_says_how_good_it_is(manifest: dict[str, Any], split: str) -> None:
    measured = manifest["metrics"]["emotion"][split]
    low, high = measured["accuracy_interval"]
    assert low < measured["accuracy"] <= high
    assert measured["rows"] == sum(label["rows"] for label in measured["per_label"].values()) == 60
    assert {"macro_f1", "macro_recall", "expected_calibration_error", "confusion"} <= measured.keys()


def test_it_says_how_it_was_trained(manifest: dict[str, Any], tiny_params: Params) -> None:
    training = manifest["training"]
    assert training["seed"] == tiny_params.seed
    assert training["params"]["fit"] == tiny_params.as_dict()["fit"]
    assert 1 <= training["best_epoch"] <= len(training["epochs"])
    assert manifest["libraries"]["tensorflow"] == version("tensorflow")


def test_it_says_which_data_it_was_trained_on(manifest: dict[str, Any]) -> None:
    assert manifest["data"].keys() == {"emotion/train.txt", "emotion/val.txt", "emotion/test.txt"}
    assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in manifest["data"].values())


def test_it_names_no_place_on_this_machine(tiny_bundle: Path, tiny_params: Params) -> None:
    text = (tiny_bundle / "bundle.json").read_text()
    assert str(Path(tiny_params.encoder).parent) not in text
    assert str(Path(tiny_params.data.emotion).parent) not in text


def test_the_int8_file_agrees_with_the_saved_model(manifest: dict[str, Any]) -> None:
    assert manifest["metrics"]["emotion"]["validation"]["same_label_as_saved_model"] >= 0.97


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


def test_a_folder_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with written_whole(tmp_path / "models" / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("new")
        assert not (tmp_path / "models" / "bundle").exists()
    assert (tmp_path / "models" / "bundle" / "bundle.json").read_text() == "new"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["bundle"]


def test_an_old_one_is_replaced(old: Path) -> None:
    with written_whole(old, replace=True) as folder:
        (folder / "bundle.json").write_text("new")
    assert (old / "bundle.json").read_text() == "new"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, DataError, OSError])
def test_an_interrupted_one_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), written_whole(tmp_path / "bundle", replace=False) as folder:
        (folder / "bundle.json").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_one_leaves_the_old_one(old: Path) -> None:
    with pytest.raises(KeyboardInterrupt), written_whole(old, replace=True) as folder:
        (folder / "bundle.json").write_text("half")
        raise KeyboardInterrupt
    assert (old / "bundle.json").read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_one_that_cannot_take_its_place_leaves_the_old_one(old: Path) -> None:
    with pytest.raises(FileNotFoundError), written_whole(old, replace=True) as folder:
        folder.rmdir()
    assert (old / "bundle.json").read_text() == "old"


def test_a_killed_one_leaves_the_old_one(old: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HALF, str(old)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert (old / "bundle.json").read_text() == "old"
    assert visible(old.parent) == ["bundle"]


def test_the_same_seed_starts_with_the_same_weights(tiny_params: Params) -> None:
    import tf_keras as keras

    starts = []
    for _ in range(2):
        keras.utils.set_random_seed(tiny_params.seed)
        starts.append(start_network(tiny_params, read_data(tiny_params))[0].get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*starts, strict=True))


def test_a_frozen_encoder_leaves_the_head_to_be_trained(tiny_params: Params) -> None:
    params = replace(tiny_params, fit=replace(tiny_params.fit, freeze_encoder=True))
    network, _ = start_network(params, read_data(params))
    assert all("classifier" in variable.name for variable in network.trainable_weights)
    assert len(network.trainable_weights) == 4


def test_calibration_takes_the_bias_into_the_head(tiny_params: Params) -> None:
    data = read_data(tiny_params)
    network, tokenizer = start_network(tiny_params, data)
    validation = data.emotion.splits["validation"]
    temperature = calibrate(network, tokenizer, validation, 32)
    mean = softmax(predict(network, tokenizer, validation.texts, 32)["emotion"] / temperature).mean(axis=0)
    shares = np.bincount(validation.labels, minlength=6) / len(validation)
    np.testing.assert_allclose(mean, shares, atol=0.02)


def test_exported_again_it_answers_alike(tiny_bundle: Path, tiny_params: Params, tmp_path: Path) -> None:
    again = export_again(tiny_bundle, tiny_params, tmp_path / "again")
    texts = ["so happy today", "i am afraid", "this is so sad"]
    one, other = (load_classifier(path).probabilities(texts, ["emotion"])["emotion"] for path in (tiny_bundle, again))
    np.testing.assert_allclose(one, other, atol=0.02)
    old, new = read_bundle(tiny_bundle).manifest, read_bundle(again, saved_model=True).manifest
    assert new["exported_from"] == old["version"]
    assert new["training"] == old["training"]


def test_an_export_is_not_written_over_a_bundle(tiny_bundle: Path, tiny_params: Params) -> None:
    with pytest.raises(DataError, match="is there already"):
        export_again(tiny_bundle, tiny_params, tiny_bundle)


def test_without_tweets_emotion_is_all(tiny_params: Params) -> None:
    data = read_data(tiny_params)
    assert data.tasks == [EMOTION]
    assert (data.tweets, data.annotated) == (None, None)
    assert data.measured.keys() == {"validation"}


def test_the_public_data_together(public_data: Path) -> None:
    names = ("emotion", "tweeteval", "tweet_sentiment_extraction")
    shipped = read_params(Path(__file__).parents[2] / "params.yaml")
    data = read_data(shipped.with_sources(**{name: str(public_data / name) for name in names}))
    assert data.tasks == [EMOTION, SENTIMENT]
    assert data.measured.keys() == {"validation", "annotated"}
    assert data.tweets is not None
    assert data.annotated is not None
    assert len(data.tweets) > 50_000
    assert not set(map(key, data.annotated.texts)) & set(map(key, data.train.texts + data.tweets.examples.texts))
