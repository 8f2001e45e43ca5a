"""The whole distillation writes the bundle of a student, on tiny networks."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner, Result

from emoji_api.cli.main import main
from emoji_api.errors import DataError
from emoji_api.inference.bundle import TOKENIZER, file_entry, read_bundle
from emoji_api.training.distillation.data import DistillationData
from emoji_api.training.distillation.distil import distil, emotion_probabilities
from emoji_api.training.distillation.fitting import dropout_key, fit_masked_lm
from emoji_api.training.distillation.losses import masked_lm_loss
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.packing import packed_batches
from emoji_api.training.distillation.stages import pretrain_masked_lm
from emoji_api.training.distillation.weights import add_masked_lm_head
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.weights import read_weights
from emoji_api.training.params import DataParams, Params, StudentParams
from tests.tiny import HEADS

SHIPPED = Path(__file__).parents[3] / "params.yaml"


@pytest.fixture(scope="module")
def distilled(distillation: Params, tiny_bundle: Path, tmp_path_factory) -> Path:
    return distil(distillation, tmp_path_factory.mktemp("models") / "distilled", pseudo_label_model=tiny_bundle)


@pytest.mark.parametrize(
    ("task", "metric", "minimum"),
    [
        ("emotion", "accuracy", 0.7),
        ("sentiment", "accuracy", 0.6),
        ("hate", "accuracy", 0.6),
        ("phrase", "jaccard", 0.4),
    ],
)
def test_student_reaches_a_minimum_on_the_test_split(distilled: Path, task: str, metric: str, minimum: float) -> None:
    assert read_bundle(distilled).manifest["metrics"][task]["test"][metric] > minimum


def test_bundle_records_the_distillation(distilled: Path, tiny_bundle: Path) -> None:
    training = read_bundle(distilled).manifest["training"]
    assert training["guesses"] == read_bundle(tiny_bundle).version
    assert training["distillation"]["teachers"] == 4
    assert [student["learning_rate"] for student in training["distillation"]["students"]] == [3e-3, 4e-3]


def test_students_start_from_a_bundle(distillation: Params, distilled: Path, tmp_path: Path) -> None:
    """With a learning rate near zero the students, and their average, stay what they started from."""
    short = replace(
        distillation.distillation,
        masked_lm_epochs=0,
        teachers=2,
        teacher_epochs=1,
        student_epochs=1,
        students=[StudentParams(learning_rate=1e-9)] * 2,
    )
    params = replace(distillation, start=str(distilled), distillation=short)
    (before, arrays), (after, new_arrays) = read_weights(distilled), read_weights(distil(params, tmp_path / "bundle"))
    assert after.manifest["training"]["started_from"] == before.version
    assert new_arrays.keys() == arrays.keys()
    for name in (name for name in arrays if not name.endswith("classifier.bias")):  # calibration changes the biases
        np.testing.assert_allclose(new_arrays[name], arrays[name], atol=1e-5, err_msg=name)


def test_start_with_another_vocabulary_is_refused(distillation: Params, distilled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    copytree(distilled, other)
    path = other / TOKENIZER
    path.write_text(path.read_text(encoding="utf-8").replace('"happy"', '"hapy"'), encoding="utf-8")
    manifest = json.loads((other / "bundle.json").read_text(encoding="utf-8"))
    manifest["files"][TOKENIZER] = file_entry(path)
    (other / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError, match="has another vocabulary"):
        distil(replace(distillation, start=str(other)), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_existing_folder_is_not_overwritten(distillation: Params, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="already exists"):
        distil(distillation, tmp_path)
    assert not list(tmp_path.iterdir())


def test_model_predicts_tweets_whose_label_is_related_to_emotion(
    training_data: TrainingData, distillation: Params, tiny_bundle: Path
) -> None:
    probabilities = emotion_probabilities(training_data, distillation, tiny_bundle)
    assert training_data.tweets
    related = np.array([distillation.tweets.expects(kind) for kind in training_data.tweets.kinds])
    assert (probabilities[~related] == 1).all()
    np.testing.assert_allclose(probabilities[related].sum(axis=1), 1, atol=1e-4)


def test_probabilities_are_one_without_a_model(training_data: TrainingData, distillation: Params) -> None:
    assert (emotion_probabilities(training_data, distillation, None) == 1).all()


def test_masked_language_modelling_reduces_its_loss(data: DistillationData, encoder: Weights) -> None:
    token_ids = jnp.asarray(np.append(data.tokenized.tokens, 0))
    before = add_masked_lm_head(encoder, seed=1)
    after = fit_masked_lm(
        before,
        data.tokenized,
        epochs=2,
        batch_rows=4,
        learning_rate=3e-3,
        attention_heads=HEADS,
        mask_token_id=data.mask_token_id,
        seed=1,
    )

    def loss(weights: Weights) -> float:
        batches = packed_batches(data.tokenized, np.arange(200), rows=8)
        losses = [
            masked_lm_loss(weights, token_ids, batch, HEADS, data.mask_token_id, dropout_key(5)) for batch in batches
        ]
        return float(np.mean(losses))

    assert loss(after) < loss(jax.tree.map(jnp.asarray, before)) - 0.3


def test_vocabulary_without_mask_token_is_reported(
    distillation: Params, data: DistillationData, encoder: Weights
) -> None:
    without_mask = replace(data, mask_token_id=None)
    with pytest.raises(DataError, match=r"no \[MASK\]"):
        pretrain_masked_lm(encoder, without_mask, distillation.distillation, HEADS, seed=1)


def test_emotion_set_alone_can_be_distilled(distillation: Params, tmp_path: Path) -> None:
    alone = replace(
        distillation,
        data=DataParams(emotion=distillation.data.emotion),
        distillation=replace(distillation.distillation, masked_lm_epochs=0, teachers=2),
    )
    bundle = read_bundle(distil(alone, tmp_path / "bundle"))
    assert list(bundle.tasks) == ["emotion"]
    assert bundle.manifest["metrics"]["emotion"]["test"]["accuracy"] > 0.7
    assert bundle.manifest["training"]["guesses"] is None


def run_command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["distil", *arguments])


def test_command_reports_missing_data(tmp_path: Path) -> None:
    result = run_command("--params", str(SHIPPED), "--data", str(tmp_path), "--out", str(tmp_path / "bundle"))
    assert result.exit_code != 0 and "emotion/" in result.output
    assert not (tmp_path / "bundle").exists()


def test_command_names_a_library_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tiny_data: Path, tmp_path: Path
) -> None:
    for module in [name for name in sys.modules if name.startswith("emoji_api.training.distillation.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "optax", None)
    result = run_command("--params", str(SHIPPED), "--data", str(tiny_data), "--out", str(tmp_path / "bundle"))
    assert result.exit_code != 0 and "optax is not installed" in result.output


def test_stages_run_without_tensorflow() -> None:
    """So that a GPU machine needs JAX only."""
    code = (
        "import sys, emoji_api.training.distillation.stages; print('tensorflow' in sys.modules, 'jax' in sys.modules)"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.split() == ["False", "True"]
