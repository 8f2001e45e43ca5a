"""The DVC pipeline: `dvc repro` from the data to a measured bundle, and the code that each stage depends on."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from emoji_api.inference.bundle import ONNX, read_bundle
from tests.tiny import write_emotion_data
from tests.trainings import BEHAVIOUR

ROOT = Path(__file__).parents[1]
COPIED = ("dvc.yaml", ".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore")
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
ENTRY_MODULES = {
    "fetch": ["training.data.fetch"],
    "check": ["training.data.checks.command"],
    "train": ["training.data.sources", "training.train"],
    "export": ["training.data.sources", "training.export.bundle"],
    "evaluate": ["training.evaluation.evaluate", "training.evaluation.result_files"],
    "behave": ["training.gate.behaviour", "inference.classifier"],
}
"""Modules that the command of each stage calls."""


@pytest.fixture(scope="module")
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("emoji_api", cache_dir=None)


def test_all_stages_have_entry_modules() -> None:
    assert list(PIPELINE) == list(ENTRY_MODULES)


@pytest.mark.parametrize("stage", PIPELINE)
def test_stage_depends_on_the_code_that_it_imports(import_graph: grimp.ImportGraph, stage: str) -> None:
    entries = {f"emoji_api.{name}" for name in ENTRY_MODULES[stage]}
    imported = entries.union(*(import_graph.find_upstream_modules(module) for module in entries))
    listed = [
        dep.replace("/", ".").removesuffix(".py") for dep in PIPELINE[stage]["deps"] if dep.startswith("emoji_api")
    ]
    covered = {module: [dep for dep in listed if f"{module}.".startswith(f"{dep}.")] for module in imported}
    packages = {"emoji_api", "emoji_api.training"}  # docstrings and environment defaults only
    assert [module for module, deps in covered.items() if not deps and module not in packages] == []
    assert sorted(set(listed) - {dep for deps in covered.values() for dep in deps}) == []


@dataclass(frozen=True)
class Repository:
    """A copy of this repository with tiny parameters and behaviour tests; `data` is the folder that it fetches from."""

    folder: Path
    data: Path

    def run(self, *command: str) -> str:
        """Run a command as in an activated environment and return its standard output."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        variables = {"PATH": path, "PYTHONPATH": str(self.folder), "EMOJI_API_DATA": str(self.data)}
        variables |= {"DVC_SITE_CACHE_DIR": str(self.folder.parent / "site"), "HOME": str(self.folder.parent)}
        variables |= {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(command, cwd=self.folder, env=os.environ | variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def repro(self) -> list[str]:
        """Run `dvc repro` and return the names of the stages that ran."""
        lines = self.run("dvc", "repro").splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage")]

    def commit(self) -> None:
        """Commit all files that git does not ignore."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "state")

    def set(self, section: str, **values: Any) -> None:
        """Change parameters in a section of params.yaml."""
        path = self.folder / "params.yaml"
        params = yaml.safe_load(path.read_text())
        params[section] |= values
        path.write_text(yaml.safe_dump(params))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A folder with an emotion data set and its reference file."""
    folder = tmp_path_factory.mktemp("owned")
    write_emotion_data(folder / "emotion", rows=600)
    command = [sys.executable, "-m", "emoji_api", "data", "check", "--data", str(folder)]
    subprocess.run([*command, "--write-reference", str(folder / "reference.yaml")], check=True)
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
    # the shipped calibration makes a tiny network uncertain, and rounding to int8 would then change its answers
    repository.set("calibration", class_balance={}, annotated_weight=0.0, max_false_positive_rate={})
    repository.run("git", "init", "--quiet")
    return repository


@pytest.fixture(scope="module")
def reproduced(repository: Repository) -> Repository:
    """The repository after all stages have run and their results are committed."""
    assert repository.repro() == list(PIPELINE)
    repository.commit()
    return repository


def test_pipeline_writes_a_complete_bundle(reproduced: Repository) -> None:
    bundle = read_bundle(reproduced.folder / "instance" / "pipeline" / "tweets", saved_model=True)
    assert list(bundle.tasks) == ["emotion"]
    assert bundle.manifest["exported_from"] == read_bundle(reproduced.folder / "instance/pipeline/trained").version


def test_data_and_bundles_stay_out_of_git(reproduced: Repository) -> None:
    tracked = reproduced.run("git", "ls-files").splitlines()
    assert {"dvc.lock", "reports/data.json", "reports/behaviour.json"} <= set(tracked)
    assert [path for path in tracked if path.startswith(("data/", "instance/")) or path.endswith(".onnx")] == []
    assert reproduced.run("git", "status", "--porcelain") == ""


def test_bundle_is_linked_to_the_cache(reproduced: Repository) -> None:
    assert (reproduced.folder / "instance" / "pipeline" / "tweets" / ONNX).stat().st_nlink > 1


def test_dvc_reads_all_metrics(reproduced: Repository) -> None:
    shown = json.loads(reproduced.run("dvc", "metrics", "show", "--json"))[""]["data"]
    metrics = {path: entry["data"] for path, entry in shown.items()}
    assert metrics["reports/data.json"]["emotion"]["errors"] == 0
    counts = {"rows": 1, "failed": 0}
    assert metrics["reports/behaviour.json"] == counts | {"tests": {"test_answers.test_classifier_answers": counts}}
    emotion = metrics["reports/evaluation/metrics/emotion.json"]
    recorded = read_bundle(reproduced.folder / "instance/pipeline/tweets").metrics["emotion"]["validation"]
    assert emotion["rows"] == 60
    assert emotion["macro_f1"] == recorded["macro_f1"]


def test_dvc_draws_confusion_and_learning_curves(reproduced: Repository) -> None:
    plots = json.loads(reproduced.run("dvc", "plots", "show", "--json"))["data"]
    paths = {path for path in plots if path.startswith("reports/")}
    assert {"reports/evaluation/confusion/emotion.csv", "reports/evaluation/epochs/loss.csv"} <= paths
    assert all(plots[path] for path in paths)


def test_second_run_does_nothing(reproduced: Repository) -> None:
    assert reproduced.repro() == []


def test_changed_parameter_reruns_the_stages_that_depend_on_it(reproduced: Repository) -> None:
    reproduced.set("fit", epochs=2)
    assert reproduced.repro() == ["train", "export", "evaluate", "behave"]
    changed = json.loads(reproduced.run("dvc", "metrics", "diff", "--json"))
    recorded = read_bundle(reproduced.folder / "instance/pipeline/tweets").metrics["emotion"]["validation"]
    confidence = changed["reports/evaluation/metrics/emotion.json"]["mean_confidence"]
    assert confidence["new"] == recorded["mean_confidence"] != confidence["old"]
    assert "reports/data.json" not in changed
    assert list(json.loads(reproduced.run("dvc", "params", "diff", "--json"))["params.yaml"]) == ["fit.epochs"]
