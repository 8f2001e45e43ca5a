"""`dvc repro` from data to a measured bundle, in a repository of its own: once, again, and with another parameter."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from emoji_api.inference.bundle import read_bundle
from tests.tiny import write_emotion_data
from tests.trainings import BEHAVIOUR

ROOT = Path(__file__).parents[1]
COPIED = ("dvc.yaml", ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore")
STAGES = ["fetch", "check", "train", "export", "evaluate", "behave"]


@dataclass(frozen=True)
class Repository:
    """A clone of this one, with tiny parameters and behaviour tests. `data` is where it takes its data from."""

    folder: Path
    data: Path

    def run(self, *command: str) -> str:
        """What a command says, run as a person would in an activated environment."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "PYTHONPATH": str(self.folder), "EMOJI_API_DATA": str(self.data)}
        own |= {"DVC_SITE_CACHE_DIR": str(self.folder.parent / "site"), "HOME": str(self.folder.parent)}
        own |= {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(command, cwd=self.folder, env=os.environ | own, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def repro(self) -> list[str]:
        """The stages that ran."""
        lines = self.run("dvc", "repro").splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def commit(self) -> None:
        """Everything that git does not ignore."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "as it is")

    def set(self, section: str, **values: Any) -> None:
        """Other values of parameters."""
        path = self.folder / "params.yaml"
        params = yaml.safe_load(path.read_text())
        params[section] |= values
        path.write_text(yaml.safe_dump(params))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """An emotion set, with what is known of it beside it."""
    folder = tmp_path_factory.mktemp("owned")
    write_emotion_data(folder / "emotion", rows=600)
    known = ["--write-reference", str(folder / "reference.yaml")]
    code = "from emoji_api.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", code, "data", "check", "--data", str(folder), *known], check=True)
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory, tiny_checkpoint: Path, data: Path) -> Repository:
    folder = tmp_path_factory.mktemp("pipeline") / "clone"
    shutil.copytree(ROOT / "emoji_api", folder / "emoji_api", ignore=shutil.ignore_patterns("models", "__pycache__"))
    for name in COPIED:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "tests" / "behaviour").mkdir(parents=True)
    (folder / "tests" / "behaviour" / "test_answers.py").write_text(BEHAVIOUR)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params |= {"encoder": str(tiny_checkpoint), "max_length": 32, "data": {"emotion": "nowhere", "feedback": None}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    repository = Repository(folder, data)
    repository.set("fit", epochs=5, batch_size=20, learning_rate=6e-3, lengths=[32], augmented=0.0)
    # not what was chosen for the network that ships: few answers of a tiny one must turn when its weights are rounded
    repository.set("calibration", class_balance={}, annotated_weight=0.0, max_false_positive_rate={})
    repository.run("git", "init", "--quiet")
    return repository


@pytest.fixture(scope="module")
def made(repository: Repository) -> Repository:
    """The repository once everything was done and committed."""
    assert repository.repro() == STAGES
    repository.commit()
    return repository


def test_it_ends_with_a_bundle_that_is_whole(made: Repository) -> None:
    bundle = read_bundle(made.folder / "instance" / "pipeline" / "tweets", saved_model=True)
    assert list(bundle.tasks) == ["emotion"]
    assert bundle.manifest["exported_from"] == read_bundle(made.folder / "instance/pipeline/trained").version


def test_what_is_large_or_not_ours_is_out_of_git(made: Repository) -> None:
    tracked = made.run("git", "ls-files").splitlines()
    assert {"dvc.lock", "reports/data.json", "reports/behaviour.json"} <= set(tracked)
    assert [path for path in tracked if path.startswith(("data/", "instance/")) or path.endswith(".onnx")] == []
    assert made.run("git", "status", "--porcelain") == ""


def test_the_bundle_is_not_on_disk_twice(made: Repository) -> None:
    assert all(path.stat().st_nlink > 1 for path in (made.folder / "instance/pipeline/tweets").glob("*.onnx"))


def test_dvc_reads_every_number(made: Repository) -> None:
    shown = json.loads(made.run("dvc", "metrics", "show", "--json"))[""]["data"]
    numbers = {path: entry["data"] for path, entry in shown.items()}
    assert numbers["reports/data.json"]["emotion"]["errors"] == 0
    assert numbers["reports/behaviour.json"] == {"rows": 1, "failed": 0, "tests": {"test_answers.test_it_answers": {
        "rows": 1, "failed": 0}}}  # fmt: skip
    emotion = numbers["reports/evaluation/metrics/emotion.json"]
    measured = read_bundle(made.folder / "instance/pipeline/tweets").metrics["emotion"]["validation"]
    assert emotion["rows"] == 60
    assert emotion["macro_f1"] == measured["macro_f1"]


def test_dvc_draws_the_confusion_and_the_curves(made: Repository) -> None:
    drawn = json.loads(made.run("dvc", "plots", "show", "--json"))["data"]
    paths = {path for path in drawn if path.startswith("reports/")}
    assert {"reports/evaluation/confusion/emotion.csv", "reports/evaluation/epochs/loss.csv"} <= paths
    assert all(drawn[path] for path in paths)


def test_nothing_has_changed_and_nothing_is_done(made: Repository) -> None:
    assert made.repro() == []


def test_another_parameter_does_what_depends_on_it_and_shows_in_the_numbers(made: Repository) -> None:
    made.set("fit", epochs=2)
    assert made.repro() == ["train", "export", "evaluate", "behave"]
    changed = json.loads(made.run("dvc", "metrics", "diff", "--json"))
    measured = read_bundle(made.folder / "instance/pipeline/tweets").metrics["emotion"]["validation"]
    confidence = changed["reports/evaluation/metrics/emotion.json"]["mean_confidence"]
    assert confidence["new"] == measured["mean_confidence"] != confidence["old"]
    assert "reports/data.json" not in changed
    assert list(json.loads(made.run("dvc", "params", "diff", "--json"))["params.yaml"]) == ["fit.epochs"]
