"""From data to a bundle, by way of teachers, on a tiny network."""

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
from emoji_api.training.distillation.distil import distil, pseudo_label_probabilities
from emoji_api.training.distillation.fitting import new_key, pretrain
from emoji_api.training.distillation.losses import masked_loss
from emoji_api.training.distillation.network import Weights
from emoji_api.training.distillation.packing import batches
from emoji_api.training.distillation.stages import pretrain_masked_lm
from emoji_api.training.distillation.weights import with_words_head
from emoji_api.training.examples.training_data import TrainingData
from emoji_api.training.export.bundle import read_weights
from emoji_api.training.params import DataParams, Params, StudentParams
from tests.tiny import HEADS

SHIPPED = Path(__file__).parents[3] / "params.yaml"


@pytest.fixture(scope="module")
def distilled(distillation: Params, tiny_bundle: Path, tmp_path_factory) -> Path:
    return distil(distillation, tmp_path_factory.mktemp("models") / "distilled", guesses=tiny_bundle)


@pytest.mark.parametrize(
    ("task", "measure", "least"),
    [
        ("emotion", "accuracy", 0.7),
        ("sentiment", "accuracy", 0.6),
        ("hate", "accuracy", 0.6),
        ("phrase", "jaccard", 0.4),
    ],
)
def test_the_student_has_learned(distilled: Path, task: str, measure: str, least: float) -> None:
    bundle = read_bundle(distilled)
    assert bundle.manifest["metrics"][task]["test"][measure] > least


def test_the_bundle_says_how_it_came_to_be(distilled: Path, tiny_bundle: Path) -> None:
    training = read_bundle(distilled).manifest["training"]
    assert training["guesses"] == read_bundle(tiny_bundle).version
    assert training["distillation"]["teachers"] == 4
    assert [student["learning_rate"] for student in training["distillation"]["students"]] == [3e-3, 4e-3]


def test_students_go_on_from_a_bundle(distillation: Params, distilled: Path, tmp_path: Path) -> None:
    """At a rate so low that they hardly learn, they are what they started from, and their mean is."""
    few = replace(
        distillation.distillation,
        masked_lm_epochs=0,
        teachers=2,
        teacher_epochs=1,
        student_epochs=1,
        students=[StudentParams(learning_rate=1e-9)] * 2,
    )
    params = replace(distillation, start=str(distilled), distillation=few)
    (before, weights), (after, others) = read_weights(distilled), read_weights(distil(params, tmp_path / "bundle"))
    assert after.manifest["training"]["started_from"] == before.version
    assert others.keys() == weights.keys()
    for name in (name for name in weights if not name.endswith("classifier.bias")):  # calibration changes these
        np.testing.assert_allclose(others[name], weights[name], atol=1e-5, err_msg=name)


def test_students_do_not_start_from_a_bundle_of_other_words(
    distillation: Params, distilled: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    copytree(distilled, other)
    path = other / TOKENIZER
    path.write_text(path.read_text(encoding="utf-8").replace('"happy"', '"hapy"'), encoding="utf-8")
    manifest = json.loads((other / "bundle.json").read_text(encoding="utf-8"))
    manifest["files"][TOKENIZER] = file_entry(path)
    (other / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(DataError, match="has other tokens"):
        distil(replace(distillation, start=str(other)), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_that_is_there_stays(distillation: Params, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is there already"):
        distil(distillation, tmp_path)
    assert not list(tmp_path.iterdir())


def test_guesses_are_of_tweets_that_teach_emotion(
    training_data: TrainingData, distillation: Params, tiny_bundle: Path
) -> None:
    found = pseudo_label_probabilities(training_data, distillation, tiny_bundle)
    assert training_data.tweets
    teaches = np.array([distillation.tweets.expects(kind) for kind in training_data.tweets.kinds])
    assert (found[~teaches] == 1).all()
    np.testing.assert_allclose(found[teaches].sum(axis=1), 1, atol=1e-4)
    assert (pseudo_label_probabilities(training_data, distillation, None) == 1).all()


def test_masked_words_are_learned(lessons: DistillationData, encoder: Weights) -> None:
    ids = jnp.asarray(np.append(lessons.texts.tokens, 0))
    before = with_words_head(encoder, seed=1)
    after = pretrain(before, lessons.texts, epochs=2, rows=4, rate=3e-3, heads=HEADS, mask=lessons.mask, seed=1)

    def loss(weights: Weights) -> float:
        chosen = batches(lessons.texts, np.arange(200), rows=8)
        return float(np.mean([masked_loss(weights, ids, batch, HEADS, lessons.mask, new_key(5)) for batch in chosen]))

    assert loss(after) < loss(jax.tree.map(jnp.asarray, before)) - 0.3


def test_the_emotion_set_alone_can_be_distilled(distillation: Params, tmp_path: Path) -> None:
    alone = replace(
        distillation,
        data=DataParams(emotion=distillation.data.emotion),
        distillation=replace(distillation.distillation, masked_lm_epochs=0, teachers=2),
    )
    bundle = read_bundle(distil(alone, tmp_path / "bundle"))
    assert list(bundle.tasks) == ["emotion"]
    assert bundle.manifest["metrics"]["emotion"]["test"]["accuracy"] > 0.7
    assert bundle.manifest["training"]["guesses"] is None


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["distil", *arguments])


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    result = run("--params", str(SHIPPED), "--data", str(tmp_path), "--out", str(tmp_path / "bundle"))
    assert result.exit_code != 0 and "no emotion/" in result.output
    assert not (tmp_path / "bundle").exists()


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tiny_data: Path, tmp_path: Path) -> None:
    for module in [name for name in sys.modules if name.startswith("emoji_api.training.distillation.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "optax", None)
    result = run("--params", str(SHIPPED), "--data", str(tiny_data), "--out", str(tmp_path / "bundle"))
    assert result.exit_code != 0 and "optax is not installed" in result.output
    assert "[distil]" in result.output


def test_masked_words_need_a_mask(distillation: Params, lessons: DistillationData, encoder: Weights) -> None:
    with pytest.raises(DataError, match=r"no \[MASK\]"):
        pretrain_masked_lm(encoder, replace(lessons, mask=None), distillation.distillation, HEADS, seed=1)


def test_the_stages_need_no_tensorflow() -> None:
    """They run on a machine that has none."""
    asked = (
        "import sys, emoji_api.training.distillation.stages; print('tensorflow' in sys.modules, 'jax' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]
